// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/desktop.h"
#include "tests/support/httpservice.h"
#include "tests/support/programs.h"
#include "tests/support/testregistry.h"

#include <QTest>

#include <csignal>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// What frpc-gui says and does when something goes wrong, on a real screen.
class TestE2eGuiTrouble : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void importsAFileAndConnects();
    void saysOnceThatItGoesOn();
    void tellsLossAndReturn();
    void asksAgainWhenTheLoginIsRevoked();
    void comesBackFromASuspension();
    void showsThatTheServiceIsDown();
    void cleanupTestCase() { m_desktop.stop(); }

private:
    using Windows = QSet<Desktop::Window>;

    /// Waits for something that was not there \a before; none: an empty one.
    Desktop::Window newWindow(const Windows &before) const;
    bool isConnected() const { return m_desktop.trayShows(connectedColor); }
    void openWindow() const;

    Desktop m_desktop;
    FrpsProcess m_server;
    HttpService m_service{"page"};
    Desktop::Window m_window; ///< the main one
};

void TestE2eGuiTrouble::initTestCase()
{
    QVERIFY(m_desktop.start());
    QVERIFY(m_server.start());
    QVERIFY(m_service.start());
}

Desktop::Window TestE2eGuiTrouble::newWindow(const Windows &before) const
{
    Windows fresh;
    const bool came = QTest::qWaitFor(
        [&] {
            fresh = m_desktop.windows() - before;
            return !fresh.isEmpty();
        },
        guiPatience);
    return came ? *fresh.begin() : Desktop::Window();
}

void TestE2eGuiTrouble::openWindow() const
{
    QCOMPARE(Process::run(u"env"_s, m_desktop.guiCommand({}), {}), 0); // a second start
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.windows().contains(m_window), guiPatience);
}

void TestE2eGuiTrouble::importsAFileAndConnects()
{
    const QTemporaryDir place;
    const QString path = place.filePath(u"mine.toml"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(u"clientID = \"desk\"\nserverPort = %1\nproxyPort = %2\nlocalPort = %3\n"
               "auth.email = \"%4\"\nauth.password = \"%5\"\n"_s.arg(m_server.controlPort())
                   .arg(m_server.proxyPort())
                   .arg(m_service.port())
                   .arg(QLatin1String(demoEmail), QLatin1String(demoPassword))
                   .toUtf8());
    file.close();
    QVERIFY(m_desktop.startGui({path}));
    QVERIFY(m_server.waitForClients(1, guiPatience));
    QTRY_VERIFY_WITH_TIMEOUT(isConnected(), guiPatience);
    QCOMPARE(m_server.clientIds(), QStringList{u"desk"_s});
    QTRY_COMPARE_WITH_TIMEOUT(m_desktop.activeTitle(), u"frpc"_s, guiPatience);
    m_window = m_desktop.activeWindow();
}

/// That closing the window is not the end, in a balloon at the icon.
void TestE2eGuiTrouble::saysOnceThatItGoesOn()
{
    Windows before = m_desktop.windows();
    m_desktop.key(u"alt+F4"_s);
    const Desktop::Window balloon = newWindow(before);
    QVERIFY(!balloon.isEmpty());
    QVERIFY(!m_desktop.windows().contains(m_window));
    m_desktop.keep(u"en/balloon"_s, QRect(1280 - 440, 800 - 120, 440, 120));
    m_desktop.click(m_desktop.geometry(balloon).center()); // which opens the window, and ends the balloon
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.windows().contains(m_window), guiPatience);
    QTRY_VERIFY_WITH_TIMEOUT(!m_desktop.windows().contains(balloon), guiPatience);
    before = m_desktop.windows();
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.hasFocus(m_window), guiPatience);
    m_desktop.key(u"alt+F4"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!m_desktop.windows().contains(m_window), guiPatience);
    QTest::qWait(1000);
    QVERIFY((m_desktop.windows() - before).isEmpty());
    QVERIFY(m_desktop.gui().isRunning());
}

void TestE2eGuiTrouble::tellsLossAndReturn()
{
    Windows before = m_desktop.windows();
    m_server.terminate();
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.trayShows(connectingColor), guiPatience);
    QVERIFY(!newWindow(before).isEmpty()); // after five seconds
    before = m_desktop.windows();
    QVERIFY(m_server.start());
    QTRY_VERIFY_WITH_TIMEOUT(isConnected(), guiPatience);
    QVERIFY(!newWindow(before).isEmpty()); // in the place of the other
    QVERIFY(!m_desktop.windows().contains(m_window));
}

/// While it is connected, and its window closed.
void TestE2eGuiTrouble::asksAgainWhenTheLoginIsRevoked()
{
    QCOMPARE(Process::run(frpsProgram(),
                 {u"token"_s, u"revoke"_s, u"--user"_s, QString::fromLatin1(demoEmail), u"--data-dir"_s,
                     m_server.dataDirectory()},
                 {}),
        0);
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.trayShows(attentionColor), guiPatience);
    QTRY_COMPARE_WITH_TIMEOUT(m_server.activeClients(), 0, guiPatience);
    openWindow();
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.activeTitle().startsWith(u"Log in to "_s), guiPatience);
    m_desktop.keepWindow(u"en/login-again"_s);
    m_desktop.type(QLatin1String(demoPassword)); // the e-mail address is there
    m_desktop.key(u"Return"_s);
    QVERIFY(m_server.waitForClients(1, guiPatience));
    QTRY_VERIFY_WITH_TIMEOUT(isConnected() && !m_desktop.trayShows(attentionColor), guiPatience);
    QTRY_COMPARE_WITH_TIMEOUT(m_desktop.activeTitle(), u"frpc"_s, guiPatience);
    QCOMPARE(m_server.user().get("/").body, "page"_ba);
}

/// As a laptop is: it stands still until the server has given it up.
void TestE2eGuiTrouble::comesBackFromASuspension()
{
    m_desktop.gui().sendSignal(SIGSTOP);
    QTRY_COMPARE_WITH_TIMEOUT(m_server.activeClients(), 0, 2 * guiPatience);
    m_desktop.gui().sendSignal(SIGCONT);
    QVERIFY(m_server.waitForClients(1, guiPatience));
    QTRY_VERIFY_WITH_TIMEOUT(isConnected(), guiPatience);
    QCOMPARE(m_server.user().get("/").body, "page"_ba);
}

void TestE2eGuiTrouble::showsThatTheServiceIsDown()
{
    const Windows before = m_desktop.windows();
    m_service.stop();
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.trayShows(attentionColor), 2 * guiPatience);
    QCOMPARE(m_server.activeClients(), 1);
    QVERIFY((m_desktop.windows() - before).isEmpty()); // nothing pops up
    m_desktop.keepWindow(u"en/window-attention"_s);
    QCOMPARE(m_desktop.gui().terminate(guiPatience), 0);
}

namespace {

int testMain(int argc, char *argv[])
{
    return runOnDesktop(argc, argv, [] { return std::make_unique<TestE2eGuiTrouble>(); });
}

} // namespace

const frpx::test::TestRegistration registration("tst_e2e_guitrouble", testMain);

#include "tst_e2e_guitrouble.moc"
