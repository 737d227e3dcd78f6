// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/guiapp.h"
#include "frpc-gui/model/appsettings.h"
#include "frpc-gui/model/knownservices.h"
#include "frpc-gui/model/linknotifier.h"
#include "frpc-gui/model/logfilter.h"
#include "frpc-gui/model/logmodel.h"
#include "frpc-gui/model/statustext.h"
#include "frpc-gui/model/traffichistory.h"
#include "frpc-gui/model/tunneltablemodel.h"
#include "frpc-gui/platform/autostart.h"
#include "frpc-gui/session/networkwatch.h"
#include "tests/support/testregistry.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace frpx;
using namespace frpx::gui;
using namespace Qt::StringLiterals;
using State = client::ServerSession::State;
using Phase = TunnelStatus::Phase;
using News = LinkNotifier::News;

/// The models behind the windows, without windows.
class TestGuiModels : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void ratesComeFromSums();
    void historyIsBounded();
    void sumsThatBeginAnewAreNoTraffic();
    void blipsAreNotTold();
    void lossAndReturnAreToldOnce();
    void leavingOnPurposeIsNoLoss();
    void logIsBounded();
    void logIsFiltered();
    void tunnelsFollowTheProfile();
    void tunnelsShowWhatIsKnown();
    void tunnelsKeepTheirRowsWhenNamesStay();
    void wordsSayWhatToDo_data();
    void wordsSayWhatToDo();
    void deadServiceNeedsAttention();
    void refusedTunnelsSayWhenTheyAreAskedForAgain();
    void knownServicesAreChecked();
    void trayShowsTheWorst_data();
    void trayShowsTheWorst();
    void networkChangesAreSeen();
    void settingsSurvive();
    void settingsTakeNonsense();
    void readsItsCommandLine();
    void secondStartHandsItsWishesOver();
    void autostartQuotesThePath();

private:
    static Profile profile();
};

Profile TestGuiModels::profile()
{
    Profile profile;
    profile.name = u"home"_s;
    profile.set(u"server-addr"_s, u"frps.example.org"_s);
    TunnelSpec spec;
    spec.name = u"ssh"_s;
    spec.localPort = 22;
    profile.tunnels.push_back(spec);
    return profile;
}

void TestGuiModels::ratesComeFromSums()
{
    TrafficHistory history;
    history.add({1000, 5000, 1}, 10'000);
    QCOMPARE(history.last().toVisitor, 0.0); // nothing to compare with yet
    history.add({3000, 6000, 2}, 12'000);
    QCOMPARE(history.last().toService, 1000.0);
    QCOMPARE(history.last().toVisitor, 500.0);
    QCOMPARE(history.last().open, 2);
    QCOMPARE(history.peakRate(), 1000.0);
    QCOMPARE(history.peakOpen(), 2);
}

void TestGuiModels::historyIsBounded()
{
    TrafficHistory history;
    for (size_t i = 0; i < TrafficHistory::maxPoints + 10; ++i)
        history.add({i, i, qint64(i)}, qint64(i) * 1000);
    QCOMPARE(history.points().size(), TrafficHistory::maxPoints);
    QCOMPARE(history.points().front().open, 10);
}

void TestGuiModels::sumsThatBeginAnewAreNoTraffic()
{
    TrafficHistory history;
    history.add({100'000, 100'000, 0}, 0);
    history.add({10, 10, 0}, 1000);
    QCOMPARE(history.peakRate(), 0.0);
    history.add({20, 10, 0}, 1000); // no time has passed
    QCOMPARE(history.peakRate(), 0.0);
}

void TestGuiModels::blipsAreNotTold()
{
    LinkNotifier notifier;
    QVERIFY(!notifier.update(false, true, 0)); // never online: connecting is no loss
    QVERIFY(!notifier.nextDue());
    QVERIFY(!notifier.update(true, true, 1000));
    QVERIFY(!notifier.update(false, true, 2000));
    QCOMPARE(notifier.nextDue(), std::optional<qint64>(2000 + LinkNotifier::blipMs));
    QVERIFY(!notifier.update(false, true, 2000 + LinkNotifier::blipMs - 1));
    QVERIFY(!notifier.update(true, true, 2000 + LinkNotifier::blipMs - 1));
    QVERIFY(!notifier.nextDue());
}

void TestGuiModels::lossAndReturnAreToldOnce()
{
    LinkNotifier notifier;
    QVERIFY(!notifier.update(true, true, 0));
    QVERIFY(!notifier.update(false, true, 1000));
    QCOMPARE(notifier.update(false, true, 6000), std::optional(News::Lost));
    QVERIFY(!notifier.update(false, true, 20'000));
    QCOMPARE(notifier.update(true, true, 30'000), std::optional(News::Restored));
    QVERIFY(!notifier.update(true, true, 31'000));
}

void TestGuiModels::leavingOnPurposeIsNoLoss()
{
    LinkNotifier notifier;
    QVERIFY(!notifier.update(true, true, 0));
    QVERIFY(!notifier.update(false, false, 1000));
    QVERIFY(!notifier.update(false, false, 60'000));
    QVERIFY(!notifier.update(false, true, 60'000)); // connects again
    QVERIFY(!notifier.nextDue());
}

void TestGuiModels::logIsBounded()
{
    LogModel model;
    const QAbstractItemModelTester tester(&model);
    std::vector<LogLine> lines;
    for (size_t i = 0; i < LogModel::maxLines; ++i)
        lines.push_back({0, QtInfoMsg, u"frpx.client"_s, QString::number(i)});
    model.append(lines);
    QCOMPARE(model.rowCount(), int(LogModel::maxLines));
    model.append({{0, QtInfoMsg, u"frpx.client"_s, u"new"_s}});
    QCOMPARE(model.rowCount(), int(LogModel::maxLines));
    QCOMPARE(model.index(0, LogModel::Text).data().toString(), u"1"_s);
    QCOMPARE(model.index(model.rowCount() - 1, LogModel::Text).data().toString(), u"new"_s);
    model.append(std::vector<LogLine>(LogModel::maxLines * 2, LogLine{0, QtInfoMsg, {}, u"many"_s}));
    QCOMPARE(model.rowCount(), int(LogModel::maxLines));
    QCOMPARE(model.index(0, LogModel::Text).data().toString(), u"many"_s);
}

void TestGuiModels::logIsFiltered()
{
    LogModel model;
    LogFilter filter;
    filter.setSourceModel(&model);
    model.append({{0, QtDebugMsg, {}, u"one"_s}, {0, QtInfoMsg, {}, u"Two"_s},
        {0, QtWarningMsg, {}, u"three"_s}, {0, QtCriticalMsg, {}, u"twofold"_s}});
    filter.setMinSeverity(1);
    QCOMPARE(filter.rowCount(), 3);
    filter.setText(u"two"_s);
    QCOMPARE(filter.rowCount(), 2);
    filter.setMinSeverity(3);
    QCOMPARE(filter.rowCount(), 1);
}

void TestGuiModels::tunnelsFollowTheProfile()
{
    TunnelTableModel model;
    const QAbstractItemModelTester tester(&model);
    Profile wanted = profile();
    model.setProfile(wanted);
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.nameAt(0), QString()); // the default tunnel
    QCOMPARE(model.index(1, TunnelTableModel::LocalAddress).data().toString(), u"127.0.0.1:22"_s);
    wanted.set(u"only-tunnels"_s, u"1"_s);
    wanted.paused << u"ssh"_s;
    model.setProfile(wanted);
    QCOMPARE(model.rowCount(), 1);
    QVERIFY(model.isPaused(0));
    QCOMPARE(model.health(0), TunnelTableModel::Health::Paused);
    wanted.removeTunnel(u"ssh"_s);
    model.setProfile(wanted);
    QCOMPARE(model.rowCount(), 0);
    model.setStatus({});
    model.setTraffic({});
}

void TestGuiModels::tunnelsShowWhatIsKnown()
{
    TunnelTableModel model;
    model.setProfile(profile());
    QCOMPARE(model.publicAddress(1), QString());
    TunnelStatus status;
    status.name = u"ssh"_s;
    status.phase = Phase::Open;
    status.port = 6000;
    model.setStatus({status});
    QCOMPARE(model.publicAddress(1), u"frps.example.org:6000"_s);
    QCOMPARE(model.health(1), TunnelTableModel::Health::Good);
    status.serviceAnswers = false;
    status.serviceFault = u"nothing listens there"_s;
    model.setStatus({status});
    QCOMPARE(model.health(1), TunnelTableModel::Health::Bad);
    QVERIFY(model.index(1, TunnelTableModel::State).data().toString().contains(u"nothing listens there"_s));
    model.setTraffic({{u"ssh"_s, {3, 12, 1000, 2000}}});
    QCOMPARE(model.index(1, TunnelTableModel::OpenCount).data().toString(), u"3"_s);
    QCOMPARE(model.index(1, TunnelTableModel::Total).data(TunnelTableModel::SortRole).toULongLong(), 12u);
    QVERIFY(!model.index(1, TunnelTableModel::Total).data(Qt::AccessibleTextRole).toString().isEmpty());
}

void TestGuiModels::tunnelsKeepTheirRowsWhenNamesStay()
{
    TunnelTableModel model;
    Profile wanted = profile();
    model.setProfile(wanted);
    const QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    wanted.paused << u"ssh"_s;
    wanted.tunnels.front().localPort = 2222;
    model.setProfile(wanted);
    QCOMPARE(resets.size(), 0); // the selection stays
    QCOMPARE(model.index(1, TunnelTableModel::LocalAddress).data().toString(), u"127.0.0.1:2222"_s);
}

void TestGuiModels::wordsSayWhatToDo_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<int>("code");
    QTest::addColumn<int>("level");
    const auto row = [](const char *name, State state, Errc code, StatusLevel level) {
        QTest::newRow(name) << int(state) << int(code) << int(level);
    };
    row("server down", State::Waiting, Errc::ConnectFailed, StatusLevel::Connecting);
    row("unknown name", State::Waiting, Errc::ResolveFailed, StatusLevel::Connecting);
    row("silence", State::Waiting, Errc::Timeout, StatusLevel::Connecting);
    row("hung up", State::Waiting, Errc::PeerClosed, StatusLevel::Connecting);
    row("id in use", State::Waiting, Errc::ClientIdInUse, StatusLevel::Connecting);
    row("no TLS", State::Waiting, Errc::TlsFailed, StatusLevel::Connecting);
    row("strange", State::Waiting, Errc::BadJson, StatusLevel::Connecting);
    row("anything else", State::Waiting, Errc::Io, StatusLevel::Connecting);
    row("wrong password", State::NeedsLogin, Errc::InvalidCredentials, StatusLevel::Attention);
    row("revoked token", State::NeedsLogin, Errc::InvalidToken, StatusLevel::Attention);
    row("no login", State::NeedsLogin, Errc::NotFound, StatusLevel::Attention);
    row("changed certificate", State::Waiting, Errc::ServerChanged, StatusLevel::Attention);
    row("wrong certificate", State::Waiting, Errc::BadCertificate, StatusLevel::Attention);
    row("unknown certificate", State::NeedsTrust, Errc::UnknownServer, StatusLevel::Attention);
}

void TestGuiModels::wordsSayWhatToDo()
{
    QFETCH(const int, state);
    QFETCH(const int, code);
    QFETCH(const int, level);
    SessionStatus status;
    status.state = State(state);
    status.error = Error{Errc(code), u"the reason"_s};
    const StatusText text = describe(status, u"home"_s, u"frps.example.org:17000"_s);
    QCOMPARE(int(text.level), level);
    QVERIFY(!text.title.isEmpty());
    QVERIFY(!text.detail.isEmpty());
    QVERIFY(!text.advice.isEmpty());
}

void TestGuiModels::deadServiceNeedsAttention()
{
    SessionStatus status;
    status.state = State::Online;
    TunnelStatus tunnel;
    tunnel.phase = Phase::Open;
    status.tunnels << tunnel;
    QCOMPARE(describe(status, u"home"_s, {}).level, StatusLevel::Connected);
    status.tunnels.last().serviceAnswers = true;
    QCOMPARE(describe(status, u"home"_s, {}).level, StatusLevel::Connected);
    status.tunnels.last().serviceAnswers = false;
    const StatusText text = describe(status, u"home"_s, {});
    QCOMPARE(text.level, StatusLevel::Attention);
    QVERIFY(text.title.contains(u"Connected"_s)); // the link itself is fine
    status.tunnels.last().serviceAnswers = true;
    status.tunnels.last().serviceWarning = u"the service refuses requests for home.example (403)"_s;
    const StatusText warned = describe(status, u"home"_s, {});
    QCOMPARE(warned.level, StatusLevel::Attention);
    QVERIFY(warned.detail.contains(u"refuses requests for home.example (403)"_s));
    QVERIFY(warned.advice.contains(u"OLLAMA_HOST"_s));
    QVERIFY(phaseText(status.tunnels.last()).contains(u"home.example"_s));
    status.tunnels.last().serviceWarning.clear();
    status.tunnels.last().phase = Phase::Refused;
    QCOMPARE(describe(status, u"home"_s, {}).level, StatusLevel::Attention);
}

void TestGuiModels::refusedTunnelsSayWhenTheyAreAskedForAgain()
{
    SessionStatus status;
    status.state = State::Online;
    TunnelStatus tunnel;
    tunnel.phase = Phase::Refused;
    tunnel.reason = u"not 100% here"_s;
    status.tunnels << tunnel;
    QCOMPARE(phaseText(tunnel), u"refused: not 100% here"_s);
    QVERIFY(!describe(status, u"home"_s, {}).advice.contains(u"again"_s));
    tunnel.nextAttemptMs = QDateTime(QDate(2026, 11, 30), QTime(13, 5, 7)).toMSecsSinceEpoch();
    QCOMPARE(phaseText(tunnel), u"refused, asked again at 13:05:07: not 100% here"_s);
    status.tunnels = {tunnel};
    QCOMPARE(describe(status, u"home"_s, {}).level, StatusLevel::Attention);
    QVERIFY(describe(status, u"home"_s, {}).advice.contains(u"again"_s));
}

void TestGuiModels::knownServicesAreChecked()
{
    Profile profile; // Ollama's port is the default
    checkKnownService(profile);
    QCOMPARE(profile.setting(u"health-check"_s), u"http"_s);
    QCOMPARE(profile.setting(u"health-path"_s), u"/api/version"_s);
    QVERIFY(toClientConfig(profile, u"/nowhere/token.json"_s));
    profile.set(u"local-port"_s, u"22"_s); // of which nothing is known
    checkKnownService(profile);
    QCOMPARE(profile.setting(u"health-check"_s), u"none"_s);
    QVERIFY(toClientConfig(profile, u"/nowhere/token.json"_s));
    profile.set(u"health-check"_s, u"tcp"_s); // somebody wants it so
    profile.set(u"local-port"_s, u"11434"_s);
    checkKnownService(profile);
    QCOMPARE(profile.setting(u"health-check"_s), u"tcp"_s);
}

void TestGuiModels::trayShowsTheWorst_data()
{
    QTest::addColumn<QList<int>>("levels");
    QTest::addColumn<int>("overall");
    QTest::newRow("none") << QList<int>{} << int(StatusLevel::Off);
    QTest::newRow("off") << QList<int>{int(StatusLevel::Off)} << int(StatusLevel::Off);
    QTest::newRow("one on") << QList<int>{int(StatusLevel::Off), int(StatusLevel::Connected)}
                            << int(StatusLevel::Connected);
    QTest::newRow("one lost") << QList<int>{int(StatusLevel::Connected), int(StatusLevel::Connecting)}
                              << int(StatusLevel::Connecting);
    QTest::newRow("one asks") << QList<int>{int(StatusLevel::Connected), int(StatusLevel::Attention),
        int(StatusLevel::Connecting)}
                              << int(StatusLevel::Attention);
}

void TestGuiModels::trayShowsTheWorst()
{
    QFETCH(const QList<int>, levels);
    QFETCH(const int, overall);
    QList<StatusLevel> list;
    for (const int level : levels)
        list << StatusLevel(level);
    QCOMPARE(int(overallLevel(list)), overall);
}

void TestGuiModels::networkChangesAreSeen()
{
    NetworkChange change;
    const QStringList home{u"192.0.2.1"_s, u"2001:db8::1"_s};
    const QStringList sameHome{u"2001:db8::1"_s, u"192.0.2.1"_s};
    const QStringList away{u"198.51.100.7"_s};
    QVERIFY(!change.look({1000, 100'000, home}));
    QVERIFY(!change.look({3000, 102'000, sameHome}));
    QVERIFY(!change.look({5000, 104'000, {}})); // nothing to try
    QVERIFY(change.look({7000, 106'000, home}));
    QVERIFY(change.look({9000, 108'000, away}));
    QVERIFY(change.look({11'000, 3'708'000, away})); // an hour asleep
    QVERIFY(!change.look({13'000, 3'710'000, away}));
    QVERIFY(change.look({33'000, 3'730'000, away})); // stopped, or asleep while the steady clock went on
    QVERIFY(!change.look({35'000, 3'732'000, away}));
}

void TestGuiModels::settingsSurvive()
{
    AppSettings settings;
    settings.notifications = false;
    settings.startMinimized = true;
    settings.closeHintShown = true;
    settings.style = AppSettings::Style::Dark;
    settings.currentProfile = u"home"_s;
    settings.geometry = "\x01\x02\xff"_ba;
    const AppSettings read = AppSettings::fromJson(settings.toJson());
    QCOMPARE(read.notifications, false);
    QCOMPARE(read.startMinimized, true);
    QCOMPARE(read.closeHintShown, true);
    QCOMPARE(read.style, AppSettings::Style::Dark);
    QCOMPARE(read.currentProfile, u"home"_s);
    QCOMPARE(read.geometry, settings.geometry);
}

void TestGuiModels::settingsTakeNonsense()
{
    for (const QByteArray &json :
        {QByteArray(), "nonsense"_ba, R"({"style": 7, "notifications": "no"})"_ba}) {
        const AppSettings read = AppSettings::fromJson(json);
        QCOMPARE(read.notifications, true);
        QCOMPARE(read.style, AppSettings::Style::System);
    }
}

void TestGuiModels::readsItsCommandLine()
{
    const auto read = [](const QStringList &arguments) {
        return parseGuiArguments(QStringList{u"frpc-gui"_s} + arguments);
    };
    const Result<GuiOptions> options = read({u"--minimized"_s, u"--profile"_s, u"home"_s, u"/a/frpc.toml"_s});
    QVERIFY(options);
    QVERIFY(options->minimized);
    QCOMPARE(options->profile, u"home"_s);
    QCOMPARE(options->files, QStringList{u"/a/frpc.toml"_s});
    QVERIFY(!options->text);
    QVERIFY(read({u"--help"_s})->text->contains(u"--screenshot"));
    QCOMPARE(read({u"--nonsense"_s}).error().code, Errc::InvalidArgument);
}

void TestGuiModels::secondStartHandsItsWishesOver()
{
    GuiOptions options;
    options.profile = u"ho me\n\"x\""_s;
    options.files = QStringList{u"/a b/frpc.toml"_s};
    const QByteArray message = options.toMessage();
    QVERIFY(!message.contains('\n')); // one line
    const GuiOptions read = GuiOptions::fromMessage(message);
    QCOMPARE(read.profile, options.profile);
    QCOMPARE(read.files, options.files);
    QCOMPARE(GuiOptions::fromMessage("nonsense").files, QStringList());
}

void TestGuiModels::autostartQuotesThePath()
{
#if defined(Q_OS_UNIX) && !defined(Q_OS_MACOS)
    QVERIFY(autostartEntry(u"/usr/bin/frpc-gui"_s).contains("\nExec=\"/usr/bin/frpc-gui\" --minimized\n"));
    const QByteArray quoted = "\nExec=\"/a b/50%% \\\\\"\\\\$x\\\\\\\\\" --minimized\n";
    QVERIFY(autostartEntry(u"/a b/50% \"$x\\"_s).contains(quoted));
#endif
}

const frpx::test::TestRegistration registration("tst_guimodels", frpx::test::runTest<TestGuiModels>);

#include "tst_guimodels.moc"
