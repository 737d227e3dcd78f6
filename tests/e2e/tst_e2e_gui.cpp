// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/desktop.h"
#include "tests/support/httpservice.h"
#include "tests/support/programs.h"
#include "tests/support/rawpeer.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

#include <cmath>
#include <deque>

using namespace frpx::test;
using namespace Qt::StringLiterals;

/// The life of frpc-gui from its first start, by keyboard and mouse; see Desktop for the pictures it makes.
class TestE2eGui : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void wizardConnects();
    void secondStartRaisesTheFirst();
    void addsATunnelByKeyboard();
    void closingKeepsItRunningInTheTray();
    void trayFollowsTheLink();
    void clickOnTheTrayOpensTheWindow();
    void trayMenuDisconnectsAndConnects();
    void nextStartAsksNothing();
    void frpcTakesTheSameLogin();
    void speaksChineseInTheDark();
    void rendersItsPages();
    void cleanupTestCase() { m_desktop.stop(); }

private:
    bool curlGetsThePage() const;
    /// Something to see in the graph, if pictures are wanted.
    void makeTraffic(int seconds) const;

    Desktop m_desktop;
    FrpsProcess m_server;
    QStringList m_options; ///< of the server
    HttpService m_service{"A page from behind the tunnel.\n"};
    Desktop::Window m_window; ///< the main one
};

void TestE2eGui::initTestCase()
{
    QVERIFY(m_desktop.start());
    m_options = {u"--allow-ports"_s, QString::number(freePorts(1).first())};
    QVERIFY(m_server.start(m_options));
    QVERIFY(m_service.start());
}

bool TestE2eGui::curlGetsThePage() const
{
    QByteArray output;
    return Process::run(u"curl"_s,
               {u"-sS"_s, u"--max-time"_s, u"5"_s, u"http://127.0.0.1:%1/"_s.arg(m_server.publicPort())}, {},
               &output)
        == 0
        && output == m_service.name();
}

void TestE2eGui::makeTraffic(int seconds) const
{
    if (!Desktop::keepsPictures())
        return;
    QElapsedTimer time;
    time.start();
    std::deque<RawPeer> users;
    for (int i = 0; time.elapsed() < seconds * 1000; ++i) {
        const double wave = 1.2 + std::sin(double(time.elapsed()) / 9000) + 0.4 * std::sin(i / 3.0);
        m_server.user().get("/bytes/" + QByteArray::number(qRound(60'000 * wave)));
        m_server.user().postPattern("/sink", quint64(25'000 * (2.6 - wave)));
        if (i % 9 == 0)
            users.emplace_back(m_server.publicPort()); // and stays for a while
        if (users.size() > size_t(3 + i / 40 % 4))
            users.pop_front();
        QTest::qWait(60);
    }
}

void TestE2eGui::wizardConnects()
{
    QVERIFY(m_desktop.startGui());
    const auto isAt = [this](int step) { return m_desktop.activeTitle().contains(u"(%1 of 4)"_s.arg(step)); };
    QTRY_VERIFY_WITH_TIMEOUT(isAt(1), guiPatience);
    // Server; Tab goes to the ports and selects what is there.
    m_desktop.key(u"alt+a"_s);
    if (Desktop::keepsPictures()) {
        m_desktop.type(u"frps.example.org"_s);
        m_desktop.keepWindow(u"en/wizard-server"_s);
        m_desktop.key(u"ctrl+a"_s);
    }
    m_desktop.type(u"127.0.0.1"_s);
    m_desktop.key(u"Tab"_s);
    m_desktop.type(QString::number(m_server.controlPort()));
    m_desktop.key(u"Tab"_s);
    m_desktop.type(QString::number(m_server.proxyPort()));
    m_desktop.key(u"alt+n"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(2), guiPatience);
    // Account, with a wrong password at first.
    m_desktop.key(u"alt+e"_s);
    m_desktop.type(QLatin1String(demoEmail));
    m_desktop.key(u"Tab"_s);
    m_desktop.type(u"wrong"_s);
    m_desktop.keepWindow(u"en/wizard-account"_s);
    m_desktop.key(u"alt+n"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(3), guiPatience);
    // Service.
    m_desktop.key(u"alt+l"_s);
    m_desktop.key(u"Tab"_s);
    m_desktop.type(QString::number(m_service.port()));
    m_desktop.key(u"alt+t"_s);
    m_desktop.keepWindow(u"en/wizard-service"_s);
    m_desktop.key(u"alt+n"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(4), guiPatience);
    QTRY_COMPARE_WITH_TIMEOUT(
        m_server.api("/api/stats").toObject().value("login_failures"_L1).toInt(), 1, guiPatience);
    m_desktop.key(u"alt+b"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(3), guiPatience);
    m_desktop.key(u"alt+b"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(2), guiPatience);
    m_desktop.key(u"alt+p"_s); // the password
    m_desktop.key(u"ctrl+a"_s);
    m_desktop.type(QLatin1String(demoPassword));
    m_desktop.key(u"alt+n"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(3), guiPatience);
    m_desktop.key(u"alt+n"_s);
    QVERIFY(m_server.waitForClients(1, guiPatience));
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.trayShows(connectedColor), guiPatience);
    m_desktop.keepWindow(u"en/wizard-connected"_s);
    m_desktop.key(u"alt+f"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_desktop.activeTitle(), u"frpc"_s, guiPatience);
    QVERIFY(curlGetsThePage());

    // The login is kept for its owner alone, and the password nowhere.
    int tokens = 0;
    QDirIterator files(m_desktop.configDirectory(), QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY2(!file.readAll().contains(demoPassword), qPrintable(file.fileName()));
        if (QFileInfo(file).fileName() != "token.json"_L1)
            continue;
        ++tokens;
        QCOMPARE(QFileInfo(file).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    }
    QCOMPARE(tokens, 1);
}

void TestE2eGui::secondStartRaisesTheFirst()
{
    Process::run(u"xdotool"_s, {u"getactivewindow"_s, u"windowminimize"_s}, {});
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.activeTitle() != "frpc"_L1, guiPatience);
    QCOMPARE(Process::run(u"env"_s, m_desktop.guiCommand({}), {}), 0);
    QTRY_COMPARE_WITH_TIMEOUT(m_desktop.activeTitle(), u"frpc"_s, guiPatience);
    QCOMPARE(m_server.activeClients(), 1);
    m_window = m_desktop.activeWindow();
}

void TestE2eGui::addsATunnelByKeyboard()
{
    makeTraffic(100);
    m_desktop.keep(u"gui-desktop"_s);
    m_desktop.key(u"alt+t"_s); // the page
    m_desktop.key(u"alt+a"_s); // a new one
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.activeTitle().startsWith(u"Add a tunnel"_s), guiPatience);
    m_desktop.type(u"web"_s);
    m_desktop.key(u"alt+l"_s);
    m_desktop.key(u"Tab"_s);
    m_desktop.type(QString::number(m_service.port()));
    m_desktop.key(u"alt+t"_s);
    m_desktop.keepWindow(u"en/tunnel"_s);
    m_desktop.key(u"Return"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_desktop.activeTitle(), u"frpc"_s, guiPatience);
    const auto findPort = [this] {
        const QJsonArray tunnels = m_server.api("/api/tunnels").toArray();
        for (const auto &tunnel : tunnels) {
            if (tunnel.toObject().value("name"_L1) == "web"_L1)
                return quint16(tunnel.toObject().value("port"_L1).toInt());
        }
        return quint16(0);
    };
    QTRY_VERIFY_WITH_TIMEOUT(findPort() > 0, guiPatience);
    const quint16 port = findPort();
    QCOMPARE(HttpClient(port).get("/").body, m_service.name());
    makeTraffic(3);
    m_desktop.keepWindow(u"en/window-tunnels"_s);
    m_desktop.key(u"alt+g"_s);
    m_desktop.keepWindow(u"en/window-log"_s);
    m_desktop.key(u"alt+o"_s);
}

void TestE2eGui::closingKeepsItRunningInTheTray()
{
    QVERIFY(m_desktop.windows().contains(m_window));
    m_desktop.key(u"alt+F4"_s);
    // The window manager goes on calling it the active one, for there is no other.
    QTRY_VERIFY_WITH_TIMEOUT(!m_desktop.windows().contains(m_window), guiPatience);
    QVERIFY(m_desktop.gui().isRunning());
    QVERIFY(curlGetsThePage());
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.trayShows(connectedColor), guiPatience);
}

void TestE2eGui::trayFollowsTheLink()
{
    m_server.terminate();
    QTRY_VERIFY_WITH_TIMEOUT(
        m_desktop.trayShows(connectingColor) && !m_desktop.trayShows(connectedColor), guiPatience);
    QVERIFY(m_server.start(m_options));
    QTRY_VERIFY_WITH_TIMEOUT(
        m_desktop.trayShows(connectedColor) && !m_desktop.trayShows(connectingColor), guiPatience);
    QVERIFY(m_server.waitForClients(1, guiPatience));
    QVERIFY(curlGetsThePage());
}

void TestE2eGui::clickOnTheTrayOpensTheWindow()
{
    const QPoint icon = m_desktop.trayIcon(connectedColor);
    QVERIFY(!icon.isNull());
    m_desktop.click(icon);
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.windows().contains(m_window), guiPatience);
    QTRY_COMPARE_WITH_TIMEOUT(m_desktop.activeTitle(), u"frpc"_s, guiPatience);
}

void TestE2eGui::trayMenuDisconnectsAndConnects()
{
    const QPoint icon = m_desktop.trayIcon(connectedColor);
    const auto openMenu = [&](const QPoint &where) {
        const QSet<Desktop::Window> before = m_desktop.windows();
        m_desktop.click(where, 3);
        return QTest::qWaitFor([&] { return !(m_desktop.windows() - before).isEmpty(); }, guiPatience);
    };
    QVERIFY(openMenu(icon));
    m_desktop.keep(u"en/tray-menu"_s, QRect(1280 - 270, 800 - 210, 270, 210));
    m_desktop.key(u"d"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_server.activeClients(), 0, guiPatience);
    QTRY_VERIFY_WITH_TIMEOUT(!m_desktop.trayShows(connectedColor), guiPatience);
    // Elsewhere on it: on the same spot Qt may take it for the second half of a double click.
    QVERIFY(openMenu(icon - QPoint(8, 0)));
    m_desktop.key(u"c"_s);
    QVERIFY(m_server.waitForClients(1, guiPatience));
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.trayShows(connectedColor), guiPatience);
}

void TestE2eGui::nextStartAsksNothing()
{
    m_desktop.click(m_desktop.geometry(m_window).center());
    m_desktop.key(u"ctrl+q"_s);
    QCOMPARE(m_desktop.gui().waitForExit(guiPatience), 0);
    QTRY_COMPARE_WITH_TIMEOUT(m_server.activeClients(), 0, guiPatience);
    QVERIFY(m_desktop.startGui({u"--minimized"_s}));
    QVERIFY(m_server.waitForClients(1, guiPatience));
    QTRY_VERIFY_WITH_TIMEOUT(m_desktop.trayShows(connectedColor), guiPatience);
    QVERIFY(m_desktop.activeTitle().isEmpty());
    QVERIFY(curlGetsThePage());
    QCOMPARE(m_desktop.gui().terminate(guiPatience), 0); // SIGTERM is an orderly end, too
    QTRY_COMPARE_WITH_TIMEOUT(m_server.activeClients(), 0, guiPatience);
}

/// token.json and frpc.toml are frpc's own, and no password is asked for.
void TestE2eGui::frpcTakesTheSameLogin()
{
    Process frpc;
    QVERIFY(frpc.start(u"env"_s,
        {u"-C"_s, m_desktop.profileDirectory(), frpcProgram(), u"-c"_s, u"frpc.toml"_s, u"--token-file"_s,
            u"token.json"_s}));
    QVERIFY(m_server.waitForClients(1, guiPatience));
    QVERIFY(curlGetsThePage());
    QCOMPARE(frpc.terminate(guiPatience), 0);
    QTRY_COMPARE_WITH_TIMEOUT(m_server.activeClients(), 0, guiPatience);
}

void TestE2eGui::speaksChineseInTheDark()
{
    QVERIFY(m_desktop.setSetting(u"style"_s, u"dark"_s));
    QVERIFY(m_desktop.startGui({}, u"zh_CN.UTF-8"_s));
    QVERIFY(m_server.waitForClients(1, guiPatience));
    QTRY_COMPARE_WITH_TIMEOUT(m_desktop.activeTitle(), u"frpc"_s, guiPatience);
    const QRect window = m_desktop.geometry(m_desktop.activeWindow());
    const auto isDark = [&] { return m_desktop.picture().pixelColor(window.topLeft() + QPoint(3, 40)); };
    QTRY_VERIFY_WITH_TIMEOUT(isDark().lightness() < 80, guiPatience);
    makeTraffic(50);
    m_desktop.keepWindow(u"zh_CN/window-overview"_s);
    QCOMPARE(m_desktop.gui().terminate(guiPatience), 0);
}

void TestE2eGui::rendersItsPages()
{
    // A server of which nobody has to know where the test runs.
    const QString profile = m_desktop.profileDirectory();
    const auto write = [&](const QString &file, const QByteArray &content) {
        QFile out(profile + file);
        return out.open(QIODevice::WriteOnly) && out.write(content) == content.size();
    };
    QVERIFY(write(u"/frpc.toml"_s, "clientID = \"desk\"\nserverAddr = \"frps.example.org\"\n"));
    QVERIFY(write(u"/gui.json"_s, R"({"name":"home","email":"me@example.org","connectAtStart":false})"));
    const auto render = [this](const QString &directory, const QString &language, const QString &style,
                            const QStringList &environment = {}) {
        if (!m_desktop.setSetting(u"style"_s, style))
            return -1;
        return Process::run(u"env"_s,
            environment + m_desktop.guiCommand({u"--screenshot"_s, directory}, language), {}, nullptr,
            nullptr, 2 * guiPatience);
    };
    const QTemporaryDir pages;
    const QString english = pages.filePath(u"en"_s);
    const QString chinese = pages.filePath(u"zh_CN"_s);
    const QString sharp = pages.filePath(u"sharp"_s);
    QCOMPARE(render(english, u"C.UTF-8"_s, u"light"_s), 0);
    QCOMPARE(render(chinese, u"zh_CN.UTF-8"_s, u"dark"_s), 0);
    // A screen that has room for it.
    const QString screen = pages.filePath(u"screen.json"_s);
    QFile description(screen);
    QVERIFY(description.open(QIODevice::WriteOnly));
    description.write(R"({"screens":[{"name":"large","x":0,"y":0,"width":2560,"height":1600,)"
                      R"("logicalDpi":96,"logicalBaseDpi":96,"dpr":1}]})");
    description.close();
    QCOMPARE(render(sharp, u"C.UTF-8"_s, u"light"_s,
                 {u"QT_SCALE_FACTOR=2"_s, u"QT_QPA_PLATFORM=offscreen:configfile="_s + screen}),
        0);
    const QStringList names = QDir(english).entryList({u"*.png"_s});
    QVERIFY(names.contains(u"window-overview.png"_s));
    QVERIFY(names.contains(u"wizard-server.png"_s));
    QCOMPARE(QDir(chinese).entryList({u"*.png"_s}), names);
    QCOMPARE(QDir(sharp).entryList({u"*.png"_s}), names);
    // They really are in another language and style, and have twice as many dots on a screen that has them.
    const QImage settings(english + u"/settings.png"_s);
    const QImage dark(chinese + u"/settings.png"_s);
    QVERIFY(settings != dark);
    QVERIFY(settings.pixelColor(3, 3).lightness() > 200);
    QVERIFY(dark.pixelColor(3, 3).lightness() < 80);
    const QSize once = QImage(english + u"/window-overview.png"_s).size();
    const QSize twice = QImage(sharp + u"/window-overview.png"_s).size();
    const auto isTwice = [](int length, int half) { return std::abs(length - 2 * half) <= half / 10; };
    QVERIFY2(isTwice(twice.width(), once.width()) && isTwice(twice.height(), once.height()), // by the font
        qPrintable(
            u"%1x%2, %3x%4"_s.arg(once.width()).arg(once.height()).arg(twice.width()).arg(twice.height())));
    if (!Desktop::keepsPictures())
        return;
    const QDir kept(qEnvironmentVariable("FRPX_DOCS_IMAGES"));
    for (const QString &name :
        {u"en/trust.png"_s, u"en/trust-changed.png"_s, u"en/settings.png"_s, u"zh_CN/wizard-service.png"_s}) {
        QFile::remove(kept.filePath(name));
        QVERIFY(QFile::copy(pages.filePath(name), kept.filePath(name)));
    }
}

namespace {

int testMain(int argc, char *argv[])
{
    return runOnDesktop(argc, argv, [] { return std::make_unique<TestE2eGui>(); });
}

} // namespace

const frpx::test::TestRegistration registration("tst_e2e_gui", testMain);

#include "tst_e2e_gui.moc"
