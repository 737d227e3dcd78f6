// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/logindialog.h"
#include "frpc-gui/view/sessionpage.h"
#include "frpc-gui/view/setupwizard.h"
#include "frpc-gui/view/trustdialog.h"
#include "tests/gui/guibench.h"
#include "tests/support/testregistry.h"

#include <QAbstractButton>
#include <QApplication>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QTest>

using namespace frpx;
using namespace frpx::gui;
using namespace frpx::test;
using namespace Qt::StringLiterals;

/// How a connection comes about, is lost and comes back, as the windows show it; with a real server, on no
/// screen.
class TestGuiConnection : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_bench.reset(); }

    void wizardConnectsAndTheSecondStartAsksNothing();
    void wizardSaysThatThePasswordIsWrong();
    void wizardLeavesNothingBehindWhenCancelled();
    void serverMayComeLater();
    void lossIsSeenAndMended();
    void asksAgainWhenTheLoginIsGone();
    void asksAgainWhenTheLoginIsRevoked_data();
    void asksAgainWhenTheLoginIsRevoked();
    void asksWhenItsWindowIsOpened();
    void asksWhetherAnUnknownServerIsRight();
    void wizardShowsTheFingerprint();
    void isLoudWhenTheServerHasChanged();
    void deadServiceNeedsAttentionAndNoPopUp();
    void severalServersAtTheSameTime();

private:
    /// As the administrator of the server.
    int frps(const QStringList &arguments, const QByteArray &input = {})
    {
        return Process::run(frpsProgram(),
            arguments + QStringList{u"--data-dir"_s, m_bench->server().dataDirectory()}, input);
    }

    std::unique_ptr<GuiBench> m_bench;
};

void TestGuiConnection::init()
{
    m_bench = std::make_unique<GuiBench>();
    QVERIFY(m_bench->isReady());
}

void TestGuiConnection::wizardConnectsAndTheSecondStartAsksNothing()
{
    {
        const auto app = m_bench->startApp();
        SetupWizard *wizard = m_bench->fillWizard(*app, QString::fromLatin1(demoPassword));
        QVERIFY(wizard);
        QTRY_VERIFY_WITH_TIMEOUT(wizard->currentPage()->isComplete(), patience);
        QTest::mouseClick(wizard->button(QWizard::FinishButton), Qt::LeftButton);
        SessionController *controller = app->window().current();
        QVERIFY(controller);
        QVERIFY(controller->isOnline());
        QCOMPARE(controller->statusText().level, StatusLevel::Connected);
        QCOMPARE(m_bench->server().user().get("/").body, "page"_ba);
        QCOMPARE(
            controller->tunnels()->publicAddress(0), u"127.0.0.1:%1"_s.arg(m_bench->server().publicPort()));
        QTRY_COMPARE_WITH_TIMEOUT(controller->traffic().total, 1u, patience);
        QTRY_VERIFY_WITH_TIMEOUT(controller->usage().has_value(), patience);
        const QString token =
            u"%1/profiles/%2/token.json"_s.arg(m_bench->directory(), controller->profile().id);
        QCOMPARE(
            QFileInfo(token).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        QVERIFY(QFileInfo(token).size() > 10);
    }
    const auto app = m_bench->startApp();
    QVERIFY(!app->window().findChild<SetupWizard *>());
    QTRY_VERIFY_WITH_TIMEOUT(app->window().current() && app->window().current()->isOnline(), patience);
    QVERIFY(!app->window().findChild<LoginDialog *>());
    QCOMPARE(m_bench->server().user().get("/").body, "page"_ba);
}

void TestGuiConnection::wizardSaysThatThePasswordIsWrong()
{
    const auto app = m_bench->startApp();
    SetupWizard *wizard = m_bench->fillWizard(*app, u"wrong"_s);
    QVERIFY(wizard);
    auto *detail = find<QLabel>(*wizard, u"connectDetail"_s);
    QTRY_VERIFY_WITH_TIMEOUT(detail->text().contains(u"password"_s), patience);
    QVERIFY(!wizard->currentPage()->isComplete());
    QVERIFY(!app->window().findChild<LoginDialog *>()); // the wizard asks, and nobody else
    wizard->back();
    wizard->back();
    find<QLineEdit>(*wizard->currentPage(), u"password"_s)->setText(QString::fromLatin1(demoPassword));
    wizard->next();
    wizard->next();
    QTRY_VERIFY_WITH_TIMEOUT(wizard->currentPage()->isComplete(), patience);
    QCOMPARE(app->profiles().controllers().size(), 1u); // the same profile, tried again
}

void TestGuiConnection::wizardLeavesNothingBehindWhenCancelled()
{
    const auto app = m_bench->startApp();
    SetupWizard *wizard = m_bench->fillWizard(*app, u"wrong"_s);
    QVERIFY(wizard);
    QTRY_COMPARE_WITH_TIMEOUT(app->profiles().controllers().size(), 1u, patience);
    QTest::mouseClick(wizard->button(QWizard::CancelButton), Qt::LeftButton);
    QCOMPARE(app->profiles().controllers().size(), 0u);
    const QDir profiles((m_bench->directory() + u"/profiles"_s));
    QTRY_COMPARE_WITH_TIMEOUT(
        profiles.entryList(QDir::AllEntries | QDir::NoDotAndDotDot).size(), 0, patience);
}

void TestGuiConnection::serverMayComeLater()
{
    m_bench->server().terminate();
    const auto app = m_bench->startApp();
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(!controller->statusText().detail.isEmpty(), patience);
    QCOMPARE(controller->statusText().level, StatusLevel::Connecting);
    QVERIFY(m_bench->server().start());
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
}

void TestGuiConnection::lossIsSeenAndMended()
{
    const auto app = m_bench->startApp();
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_COMPARE_WITH_TIMEOUT(app->tray().level(), StatusLevel::Connected, patience);
    QVERIFY(app->tray().toolTip().contains(u"home"_s));
    m_bench->server().terminate();
    QTRY_COMPARE_WITH_TIMEOUT(app->tray().level(), StatusLevel::Connecting, patience);
    const SessionPage *page = app->window().page(controller);
    QVERIFY(!find<QLabel>(*page, u"statusAdvice"_s)->text().isEmpty());
    QVERIFY(m_bench->server().start());
    QTRY_COMPARE_WITH_TIMEOUT(app->tray().level(), StatusLevel::Connected, patience);
    QVERIFY(find<QLabel>(*page, u"statusAdvice"_s)->text().isEmpty());
}

void TestGuiConnection::asksAgainWhenTheLoginIsGone()
{
    QString id;
    {
        const auto app = m_bench->startApp();
        SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
        QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
        id = controller->profile().id;
    }
    QFile token(u"%1/profiles/%2/token.json"_s.arg(m_bench->directory(), id));
    QVERIFY(token.open(QIODevice::WriteOnly));
    token.write(R"({"token":"0000000000000000000000000000000000000000000000000000000000000000"})");
    token.close();
    const auto app = m_bench->startApp();
    QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<LoginDialog *>(), patience);
    auto *dialog = app->window().findChild<LoginDialog *>();
    QCOMPARE(app->tray().level(), StatusLevel::Attention);
    QCOMPARE(find<QLineEdit>(*dialog, u"email"_s)->text(), QString::fromLatin1(demoEmail));
    QVERIFY(find<QLabel>(*dialog, u"loginReason"_s)->text().contains(u"revoked"_s));
    find<QLineEdit>(*dialog, u"password"_s)->setText(u"wrong"_s);
    GuiBench::press(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(
        find<QLabel>(*dialog, u"loginReason"_s)->text().contains(u"does not know"_s), patience);
    find<QLineEdit>(*dialog, u"password"_s)->setText(QString::fromLatin1(demoPassword));
    GuiBench::press(dialog);
    QTRY_COMPARE_WITH_TIMEOUT(app->tray().level(), StatusLevel::Connected, patience);
    QTRY_VERIFY(!app->window().findChild<LoginDialog *>());
}

void TestGuiConnection::asksAgainWhenTheLoginIsRevoked_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QString>("password");
    const QString me = u"me@example.org"_s;
    QTest::newRow("token revoked") << QStringList{u"token"_s, u"revoke"_s, u"--user"_s, me} << u"first one"_s;
    QTest::newRow("password changed") << QStringList{u"user"_s, u"passwd"_s, me} << u"another one"_s;
}

/// While it is connected: the password it has been logged in with is not in memory any more.
void TestGuiConnection::asksAgainWhenTheLoginIsRevoked()
{
    QFETCH(const QStringList, command);
    QFETCH(const QString, password);
    QCOMPARE(frps({u"user"_s, u"add"_s, command.last()}, "first one\n"), 0);
    const auto app = m_bench->startApp();
    SessionController *controller =
        m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s), command.last(), u"first one"_s);
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    app->window().show();
    QCOMPARE(frps(command, password.toUtf8() + '\n'), 0);
    QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<LoginDialog *>(), patience);
    auto *dialog = app->window().findChild<LoginDialog *>();
    QCOMPARE(app->tray().level(), StatusLevel::Attention);
    QVERIFY(find<QLabel>(*dialog, u"loginReason"_s)->text().contains(u"revoked"_s));
    const SessionPage *page = app->window().page(controller);
    QVERIFY(find<QLabel>(*page, u"statusTitle"_s)->text().contains(u"wants you to log in"_s));
    QVERIFY(find<QLabel>(*page, u"statusAdvice"_s)->text().contains(u"Log in again"_s));
    find<QLineEdit>(*dialog, u"password"_s)->setText(password);
    GuiBench::press(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    QTRY_VERIFY(!app->window().findChild<LoginDialog *>());
    QCOMPARE(m_bench->server().user().get("/").body, "page"_ba);
}

/// Nothing pops up while the window is closed; the icon says that something waits.
void TestGuiConnection::asksWhenItsWindowIsOpened()
{
    const auto app = m_bench->startApp();
    SessionController *controller = m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s));
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    app->window().hide();
    QCOMPARE(frps({u"token"_s, u"revoke"_s, u"--user"_s, QString::fromLatin1(demoEmail)}), 0);
    QTRY_COMPARE_WITH_TIMEOUT(app->tray().level(), StatusLevel::Attention, patience);
    QVERIFY(!app->window().findChild<LoginDialog *>());
    Q_EMIT app->tray().openRequested();
    QVERIFY(app->window().isVisible());
    QVERIFY(app->window().findChild<LoginDialog *>());
}

void TestGuiConnection::asksWhetherAnUnknownServerIsRight()
{
    const auto app = m_bench->startApp();
    Profile wanted = m_bench->profile(u"home"_s);
    wanted.set(u"tls"_s, u"on"_s);
    SessionController *controller = m_bench->addAndLogIn(*app, wanted);
    QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<TrustDialog *>(), patience);
    auto *dialog = app->window().findChild<TrustDialog *>();
    QVERIFY(find<QLabel>(*dialog, u"fingerprint"_s)->text().startsWith(u"SHA256:"_s));
    QCOMPARE(controller->statusText().level, StatusLevel::Attention);
    GuiBench::press(dialog, QDialogButtonBox::Cancel);
    QTRY_VERIFY(!app->window().findChild<TrustDialog *>());
    QVERIFY(!controller->isOnline());
    QTest::mouseClick(
        find<QAbstractButton>(*app->window().page(controller), u"certificateButton"_s), Qt::LeftButton);
    dialog = app->window().findChild<TrustDialog *>();
    QVERIFY(dialog);
    GuiBench::press(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    QVERIFY(!controller->status().certificate);
    QCOMPARE(m_bench->server().user().get("/").body, "page"_ba);
}

/// As part of the first start, in front of the wizard; nothing is sent before it is confirmed.
void TestGuiConnection::wizardShowsTheFingerprint()
{
    const auto app = m_bench->startApp();
    // This machine, too, but not so named that the link would do without TLS.
    SetupWizard *wizard = m_bench->fillWizard(*app, QString::fromLatin1(demoPassword), u"0.0.0.0"_s);
    QVERIFY(wizard);
    QTRY_VERIFY_WITH_TIMEOUT(wizard->findChild<TrustDialog *>(), patience);
    auto *dialog = wizard->findChild<TrustDialog *>();
    QByteArray printed;
    QCOMPARE(Process::run(frpsProgram(),
                 {u"fingerprint"_s, u"--data-dir"_s, m_bench->server().dataDirectory()}, {}, &printed),
        0);
    QString shown = find<QLabel>(*dialog, u"fingerprint"_s)->text();
    shown.remove(u'\n');
    QVERIFY2(printed.contains(shown.toLatin1()), printed.constData());
    QVERIFY(!wizard->currentPage()->isComplete());
    const SessionController *controller = app->profiles().controllers().front().get();
    QCOMPARE(controller->status().state, client::ServerSession::State::NeedsTrust);
    GuiBench::press(dialog);
    QTRY_VERIFY_WITH_TIMEOUT(wizard->currentPage()->isComplete(), patience);
    QCOMPARE(m_bench->server().user().get("/").body, "page"_ba);
}

void TestGuiConnection::isLoudWhenTheServerHasChanged()
{
    const auto app = m_bench->startApp();
    Profile wanted = m_bench->profile(u"home"_s);
    wanted.set(u"tls"_s, u"on"_s);
    SessionController *controller = m_bench->addAndLogIn(*app, wanted);
    QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<TrustDialog *>(), patience);
    GuiBench::press(app->window().findChild<TrustDialog *>());
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
    QTRY_VERIFY(!app->window().findChild<TrustDialog *>());
    m_bench->server().terminate();
    QDir data(m_bench->server().dataDirectory());
    for (const QString &file : data.entryList({u"*.pem"_s, u"*.crt"_s, u"*.key"_s}, QDir::Files))
        QVERIFY(data.remove(file));
    QVERIFY(m_bench->server().start());
    QTRY_VERIFY_WITH_TIMEOUT(app->window().findChild<TrustDialog *>(), patience);
    auto *dialog = app->window().findChild<TrustDialog *>();
    QVERIFY(dialog->windowTitle().contains(u"WARNING"_s));
    QVERIFY(find<QLabel>(*dialog, u"rememberedFingerprint"_s)->text()
        != find<QLabel>(*dialog, u"fingerprint"_s)->text());
    auto *accept = find<QAbstractButton>(*dialog, u"trustButton"_s);
    QVERIFY(!accept->isEnabled()); // one click is not enough
    QCOMPARE(app->tray().level(), StatusLevel::Attention);
    find<QAbstractButton>(*dialog, u"sureBox"_s)->click();
    QVERIFY(accept->isEnabled());
    accept->click();
    QTRY_VERIFY_WITH_TIMEOUT(controller->isOnline(), patience);
}

void TestGuiConnection::deadServiceNeedsAttentionAndNoPopUp()
{
    const auto app = m_bench->startApp();
    SessionController *controller =
        m_bench->addAndLogIn(*app, m_bench->profile(u"home"_s, freePorts(1).first()));
    QTRY_COMPARE_WITH_TIMEOUT(controller->statusText().level, StatusLevel::Attention, patience);
    QVERIFY(controller->isOnline());
    QVERIFY(controller->statusText().detail.contains(u"local service"_s));
    QVERIFY(app->window().findChildren<QDialog *>().isEmpty());
}

void TestGuiConnection::severalServersAtTheSameTime()
{
    FrpsProcess other;
    QVERIFY(other.start());
    const auto app = m_bench->startApp();
    SessionController *first = m_bench->addAndLogIn(*app, m_bench->profile(u"one"_s));
    Profile wanted = m_bench->profile(u"one"_s); // the name is made unique
    wanted.set(u"control-port"_s, QString::number(other.controlPort()));
    wanted.set(u"proxy-port"_s, QString::number(other.proxyPort()));
    SessionController *second = m_bench->addAndLogIn(*app, wanted);
    QVERIFY(first->profile().name != second->profile().name);
    QTRY_VERIFY_WITH_TIMEOUT(first->isOnline() && second->isOnline(), patience);
    QCOMPARE(m_bench->server().user().get("/").body, "page"_ba);
    QCOMPARE(other.user().get("/").body, "page"_ba);
    first->disconnectFromServer();
    QTRY_COMPARE_WITH_TIMEOUT(first->statusText().level, StatusLevel::Off, patience);
    QVERIFY(second->isOnline());
    QCOMPARE(app->tray().level(), StatusLevel::Connected);
    app->window().showServer(second);
    app->profiles().remove(second);
    QCOMPARE(app->window().current(), first);
    QTRY_COMPARE_WITH_TIMEOUT(other.activeClients(), 0, patience);
}

namespace {

int testMain(int argc, char *argv[])
{
    GuiBench::prepare();
    const QApplication application(argc, argv);
    QApplication::setQuitOnLastWindowClosed(false);
    TestGuiConnection test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace

const frpx::test::TestRegistration registration("tst_guiconnection", testMain);

#include "tst_guiconnection.moc"
