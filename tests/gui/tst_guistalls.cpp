// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/logging.h"
#include "frpc-gui/view/sessionpage.h"
#include "frpc-gui/view/settingsdialog.h"
#include "frpc-gui/view/setupwizard.h"
#include "tests/gui/guibench.h"
#include "tests/gui/slowsystem.h"
#include "tests/support/faultrelay.h"
#include "tests/support/testregistry.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTest>
#include <QTimer>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

using namespace frpx;
using namespace frpx::gui;
using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

/// How long the GUI thread has been busy, or waiting, at a stretch; without what a thread that does nothing
/// was late as well, for that is the machine's doing.
class Pulse : public QObject
{
public:
    Pulse()
    {
        m_timer.setTimerType(Qt::PreciseTimer);
        connect(&m_timer, &QTimer::timeout, this, [this] {
            m_longest = longestMs();
            m_lateBeforeGap = std::exchange(m_lateBefore, m_machineLate.load());
            m_gap = m_clock.restart();
            ++m_beats;
        });
        m_clock.start();
        m_timer.start(intervalMs);
    }
    ~Pulse() override
    {
        m_isOver = true;
        m_idler.join();
    }
    Q_DISABLE_COPY_MOVE(Pulse)
    /// The last gap counts when the one after it has begun, and the other thread has had its turn, too.
    qint64 longestMs() const { return std::max(m_longest, m_gap - (m_machineLate - m_lateBeforeGap)); }
    int beats() const { return m_beats; }

private:
    static constexpr int intervalMs = 20;
    static constexpr int noticedMs = 100;

    void idle()
    {
        QElapsedTimer clock;
        while (!m_isOver) {
            clock.start();
            std::this_thread::sleep_for(std::chrono::milliseconds(intervalMs));
            if (const qint64 late = clock.elapsed() - intervalMs; late >= noticedMs)
                m_machineLate += late;
        }
    }

    QTimer m_timer;
    QElapsedTimer m_clock;
    qint64 m_gap = 0;
    qint64 m_lateBefore = 0;
    qint64 m_lateBeforeGap = 0;
    qint64 m_longest = 0;
    int m_beats = 0;
    std::atomic<qint64> m_machineLate = 0;
    std::atomic<bool> m_isOver = false;
    std::thread m_idler{[this] { idle(); }}; // last: it uses the rest
};

/// No figure of merit, which a busy machine could not keep: below what a single wait for a name, a disk or a
/// server would take here.
constexpr qint64 mostMs = 2500;

} // namespace

/// Disks, names, servers and services that take their time: the GUI thread waits for none of them.
class TestGuiStalls : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void slowDisksAndNamesAreWaitedForElsewhere();
    void deadServersAndServicesAreWaitedForElsewhere();
    void keepsUpWithManyTunnelsAndLines();

private:
    std::unique_ptr<GuiBench> m_bench;
};

void TestGuiStalls::init()
{
    m_bench = std::make_unique<GuiBench>();
    QVERIFY(m_bench->isReady());
}

void TestGuiStalls::cleanup()
{
    slowsystem::stop();
    m_bench.reset();
}

void TestGuiStalls::slowDisksAndNamesAreWaitedForElsewhere()
{
    const auto app = m_bench->startApp();
    slowsystem::start();
    const Pulse pulse;
    // Everything that is kept: a profile, its login, another tunnel, settings, a file to give away.
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    Profile profile = controller->profile();
    TunnelSpec spec;
    spec.name = u"web"_s;
    spec.localPort = m_bench->service().port();
    profile.putTunnel({}, spec);
    controller->setProfile(profile);
    app->showSettings();
    QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<SettingsDialog *>(), patience);
    GuiBench::press(app->window().findChild<SettingsDialog *>());
    const QString exported = m_bench->directory() + u"/exported.toml"_s;
    app->profiles().exportFile(*controller, exported);
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(exported), patience);
    app->profiles().importFile(exported);
    QTRY_COMPARE_WITH_TIMEOUT(app->profiles().controllers().size(), 2u, patience);
    app->profiles().remove(app->profiles().controllers().back().get());
    // And a server and a service that nobody knows the address of.
    Profile elsewhere = m_bench->profile(u"elsewhere"_s);
    elsewhere.set(u"server-addr"_s, slowsystem::unknownHost);
    SessionController *other = m_bench->addAndLogIn(*app, elsewhere);
    QTRY_VERIFY_WITH_TIMEOUT(other->statusText().detail.contains(u"unknown"_s), patience);
    app->showWizard();
    auto *wizard = app->window().findChild<SetupWizard *>();
    QVERIFY(wizard);
    wizard->setStartId(SetupWizard::Service);
    wizard->restart();
    find<QLineEdit>(*wizard->currentPage(), u"localHost"_s)->setText(slowsystem::unknownHost);
    find<QPushButton>(*wizard->currentPage(), u"testButton"_s)->click();
    QTRY_VERIFY_WITH_TIMEOUT(
        find<QLabel>(*wizard->currentPage(), u"testResult"_s)->text().startsWith(u'✗'), patience);
    controller->logOut();
    QTRY_COMPARE_WITH_TIMEOUT(controller->statusText().level, StatusLevel::Off, patience);

    QVERIFY(slowsystem::callsElsewhere() > 10); // else it has shown nothing
    QVERIFY2(slowsystem::callsHere().isEmpty(), qPrintable(slowsystem::callsHere().join(u' ')));
    qInfo("%d beats, the longest after %lld ms", pulse.beats(), pulse.longestMs());
    QVERIFY(pulse.longestMs() < mostMs);
}

void TestGuiStalls::deadServersAndServicesAreWaitedForElsewhere()
{
    FaultRelay deadServer(m_bench->server().controlPort());
    FaultRelay deadService(m_bench->service().port());
    QVERIFY(deadServer.start() && deadService.start());
    deadServer.setMode(FaultRelay::Fault::BlackHole); // it accepts, and that was all
    deadService.setMode(FaultRelay::Fault::Unplugged); // not even that
    const auto app = m_bench->startApp();
    slowsystem::start();
    const Pulse pulse;
    SessionController *alive = m_bench->addAndLogIn(*app, m_bench->profile(u"alive"_s, deadService.port()));
    Profile dead = m_bench->profile(u"dead"_s);
    dead.set(u"control-port"_s, QString::number(deadServer.port()));
    SessionController *controller = m_bench->addAndLogIn(*app, dead);
    QTRY_COMPARE_WITH_TIMEOUT(alive->statusText().level, StatusLevel::Attention, patience);
    QTRY_COMPARE_WITH_TIMEOUT(controller->statusText().level, StatusLevel::Connecting, patience);
    app->showWizard();
    auto *wizard = app->window().findChild<SetupWizard *>();
    wizard->setStartId(SetupWizard::Service);
    wizard->restart();
    find<QSpinBox>(*wizard->currentPage(), u"localPort"_s)->setValue(deadService.port());
    find<QPushButton>(*wizard->currentPage(), u"testButton"_s)->click();
    QTRY_VERIFY_WITH_TIMEOUT(
        find<QLabel>(*wizard->currentPage(), u"testResult"_s)->text().contains(u"no answer"_s), patience);
    wizard->reject();
    QSignalSpy finished(app.get(), &GuiApp::finished);
    app->quit(); // does not wait for them either
    QVERIFY(finished.size() == 1 || finished.wait(patience));
    QVERIFY2(slowsystem::callsHere().isEmpty(), qPrintable(slowsystem::callsHere().join(u' ')));
    qInfo("%d beats, the longest after %lld ms", pulse.beats(), pulse.longestMs());
    QVERIFY(pulse.longestMs() < mostMs);
}

void TestGuiStalls::keepsUpWithManyTunnelsAndLines()
{
    constexpr int tunnels = 100;
    constexpr int beats = 300;
    // What is logged is for the window alone.
    const QtMessageHandler before =
        qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &) {});
    auto app = m_bench->startApp();
    Profile profile = m_bench->profile(u"home"_s);
    for (int i = 0; i < tunnels; ++i) {
        TunnelSpec spec;
        spec.name = u"tunnel %1"_s.arg(i);
        spec.localPort = m_bench->service().port();
        profile.putTunnel(spec.name, spec);
    }
    SessionController *controller = m_bench->addAndLogIn(*app, profile);
    SessionPage *page = app->window().page(controller);
    app->window().show();
    page->tabs()->setCurrentIndex(1);
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    const Pulse pulse;
    std::atomic<bool> isEnough = false;
    std::atomic<int> lines = 0;
    std::thread flood([&isEnough, &lines] {
        for (; !isEnough; ++lines)
            qCInfo(lcClient) << "a line in a flood, and one that is long enough to be one" << lines;
    });
    for (int tab = 0; pulse.beats() < beats; ++tab) {
        page->tabs()->setCurrentIndex(tab % page->tabs()->count());
        m_bench->server().user().get("/bytes/50000");
        QTest::qWait(50);
    }
    isEnough = true;
    flood.join();
    const int rows = controller->tunnels()->rowCount();
    app.reset();
    qInstallMessageHandler(before);
    QCOMPARE(rows, tunnels + 1);
    qInfo("%d lines, %d beats, the longest after %lld ms", lines.load(), pulse.beats(), pulse.longestMs());
    QVERIFY(lines > int(LogModel::maxLines));
    QVERIFY(pulse.longestMs() < mostMs);
}

namespace {

int testMain(int argc, char *argv[])
{
    GuiBench::prepare();
    const QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    TestGuiStalls test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_guistalls", testMain);

#include "tst_guistalls.moc"
