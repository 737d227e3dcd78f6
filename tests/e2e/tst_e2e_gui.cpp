// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"
#include "tests/support/programs.h"

#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QGuiApplication>
#include <QImage>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPixmap>
#include <QScreen>
#include <QStandardPaths>
#include <QTest>

#include <csignal>
#include <cstdio>

using namespace frpx::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 20'000; // ms

/// Xvfb on a display of its own choice.
class VirtualScreen
{
public:
    bool start()
    {
        m_process.setProgram(u"Xvfb"_s);
        m_process.setArguments({u"-displayfd"_s, u"1"_s, u"-screen"_s, u"0"_s, u"1280x800x24"_s,
            u"-nolisten"_s, u"tcp"_s, u"-noreset"_s});
        m_process.setStandardErrorFile(QProcess::nullDevice());
        m_process.start();
        if (!m_process.waitForStarted())
            return false;
        QByteArray number;
        while (!number.endsWith('\n') && m_process.waitForReadyRead(patience))
            number += m_process.readAllStandardOutput();
        m_display = ':' + number.trimmed();
        return number.endsWith('\n');
    }
    ~VirtualScreen()
    {
        m_process.terminate();
        m_process.waitForFinished(patience);
    }
    const QByteArray &display() const { return m_display; }

private:
    QProcess m_process;
    QByteArray m_display;
};

/// How many pixels of \a area look like \a color.
int count(const QImage &image, const QRect &area, QColor color)
{
    int found = 0;
    for (int y = area.top(); y <= area.bottom(); ++y) {
        for (int x = area.left(); x <= area.right(); ++x) {
            const QColor pixel = image.pixelColor(x, y);
            const int distance = std::abs(pixel.red() - color.red()) + std::abs(pixel.green() - color.green())
                + std::abs(pixel.blue() - color.blue());
            found += distance < 24;
        }
    }
    return found;
}

const QColor connectedColor(0x1f, 0x9d, 0x55);
const QColor connectingColor(0xe0, 0xa1, 0x00);

} // namespace

/// frpc-gui as a person has it: on a screen, with a window manager and a tray, by keyboard and mouse.
class TestE2eGui : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void wizardConnects();
    void secondStartRaisesTheFirst();
    void closingKeepsItRunningInTheTray();
    void trayFollowsTheLink();
    void clickOnTheTrayOpensTheWindow();
    void nextStartAsksNothing();
    void rendersItsPages();
    void cleanupTestCase();

private:
    QImage screen() const { return QGuiApplication::primaryScreen()->grabWindow(0).toImage(); }
    /// Keeps a picture of the screen for the documentation, if that is asked for.
    void keep(const QString &name) const;
    static QRect trayArea() { return {1280 - 200, 800 - 40, 200, 40}; }
    bool trayShows(QColor color) const { return count(screen(), trayArea(), color) > 40; }
    bool startGui(const QStringList &arguments = {});
    /// All of them share one place for settings, and speak \a language.
    QStringList guiCommand(const QStringList &arguments, const QString &language = u"C.UTF-8"_s) const
    {
        return QStringList{u"XDG_CONFIG_HOME="_s + m_home.path(), u"XDG_RUNTIME_DIR="_s + m_home.path(),
                   u"LC_ALL="_s + language, u"LANGUAGE="_s + language.section(u'.', 0, 0),
                   QStringLiteral(FRPX_TEST_FRPC_GUI)}
        + arguments;
    }
    QByteArray xdotool(const QStringList &arguments) const;
    void type(const QString &text) const { xdotool({u"type"_s, u"--delay"_s, u"5"_s, text}); }
    void key(const QString &keys) const { xdotool({u"key"_s, keys}); }
    QString activeWindow() const
    {
        return QString::fromUtf8(xdotool({u"getactivewindow"_s, u"getwindowname"_s})).trimmed();
    }
    bool isVisible(const QByteArray &window) const
    {
        return xdotool({u"search"_s, u"--onlyvisible"_s, u"--class"_s, u"frpc-gui"_s})
            .split('\n')
            .contains(window);
    }
    bool curlGetsThePage() const;
    QString config(const QString &path) const { return m_home.filePath(u"frpx/"_s + path); }

    QTemporaryDir m_home;
    Process m_manager;
    Process m_tray;
    FrpsProcess m_server;
    HttpService m_service{"A page from behind the tunnel.\n"};
    Process m_gui;
    QByteArray m_window; ///< the main one's number
};

void TestE2eGui::initTestCase()
{
    QVERIFY(m_manager.start(u"openbox"_s, {}));
    QVERIFY(m_tray.start(u"trayer"_s,
        {u"--edge"_s, u"bottom"_s, u"--align"_s, u"right"_s, u"--widthtype"_s, u"pixel"_s, u"--width"_s,
            u"200"_s, u"--heighttype"_s, u"pixel"_s, u"--height"_s, u"40"_s, u"--SetDockType"_s, u"true"_s,
            u"--tint"_s, u"0x303030"_s, u"--transparent"_s, u"true"_s, u"--alpha"_s, u"0"_s}));
    QVERIFY(m_server.start());
    QVERIFY(m_service.start());
}

bool TestE2eGui::startGui(const QStringList &arguments)
{
    return m_gui.start(u"env"_s, guiCommand(arguments)); // which becomes the program: the same process
}

QByteArray TestE2eGui::xdotool(const QStringList &arguments) const
{
    QByteArray output;
    Process::run(u"xdotool"_s, arguments, {}, &output);
    return output;
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

void TestE2eGui::keep(const QString &name) const
{
    const QString directory = qEnvironmentVariable("FRPX_DOCS_IMAGES");
    if (!directory.isEmpty())
        QVERIFY(screen().save(QDir(directory).filePath(name + u".png"_s)));
}

void TestE2eGui::wizardConnects()
{
    QVERIFY(startGui());
    const auto isAt = [this](int step) { return activeWindow().contains(u"(%1 of 4)"_s.arg(step)); };
    QTRY_VERIFY_WITH_TIMEOUT(isAt(1), patience);
    // Server; Tab goes to the ports and selects what is there.
    key(u"alt+a"_s);
    type(u"127.0.0.1"_s);
    key(u"Tab"_s);
    type(QString::number(m_server.controlPort()));
    key(u"Tab"_s);
    type(QString::number(m_server.proxyPort()));
    key(u"alt+n"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(2), patience);
    // Account, with a wrong password at first.
    key(u"alt+e"_s);
    type(QLatin1String(demoEmail));
    key(u"Tab"_s);
    type(u"wrong"_s);
    key(u"alt+n"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(3), patience);
    // Service.
    key(u"alt+l"_s);
    key(u"Tab"_s);
    type(QString::number(m_service.port()));
    key(u"alt+t"_s);
    key(u"alt+n"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(4), patience);
    QTRY_COMPARE_WITH_TIMEOUT(
        m_server.api("/api/stats").toObject().value("login_failures"_L1).toInt(), 1, patience);
    key(u"alt+b"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(3), patience);
    key(u"alt+b"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(2), patience);
    key(u"alt+p"_s); // the password
    key(u"ctrl+a"_s);
    type(QLatin1String(demoPassword));
    key(u"alt+n"_s);
    QTRY_VERIFY_WITH_TIMEOUT(isAt(3), patience);
    key(u"alt+n"_s);
    QVERIFY(m_server.waitForClients(1, patience));
    QTRY_VERIFY_WITH_TIMEOUT(trayShows(connectedColor), patience);
    keep(u"gui-wizard"_s);
    key(u"alt+f"_s);
    QTRY_COMPARE_WITH_TIMEOUT(activeWindow(), u"frpc"_s, patience);
    QVERIFY(curlGetsThePage());

    // The login is kept for its owner alone, and the password nowhere.
    int tokens = 0;
    QDirIterator files(m_home.filePath(u"frpx"_s), QDir::Files, QDirIterator::Subdirectories);
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
    xdotool({u"getactivewindow"_s, u"windowminimize"_s});
    QTRY_VERIFY_WITH_TIMEOUT(activeWindow() != "frpc"_L1, patience);
    QCOMPARE(Process::run(u"env"_s, guiCommand({}), {}), 0);
    QTRY_COMPARE_WITH_TIMEOUT(activeWindow(), u"frpc"_s, patience);
    QCOMPARE(m_server.activeClients(), 1);
}

void TestE2eGui::closingKeepsItRunningInTheTray()
{
    if (qEnvironmentVariableIsSet("FRPX_DOCS_IMAGES")) { // something to see in the graph
        QElapsedTimer time;
        time.start();
        for (int i = 0; time.elapsed() < 20'000; ++i)
            m_server.user().get("/bytes/" + QByteArray::number(20'000 + i % 37 * 9'000));
        keep(u"gui-desktop"_s);
    }
    m_window = xdotool({u"getactivewindow"_s}).trimmed();
    QVERIFY(isVisible(m_window));
    key(u"alt+F4"_s);
    // The window manager goes on calling it the active one, for there is no other.
    QTRY_VERIFY_WITH_TIMEOUT(!isVisible(m_window), patience);
    QVERIFY(m_gui.isRunning());
    QVERIFY(curlGetsThePage());
    QTRY_VERIFY_WITH_TIMEOUT(trayShows(connectedColor), patience);
}

void TestE2eGui::trayFollowsTheLink()
{
    m_server.terminate();
    QTRY_VERIFY_WITH_TIMEOUT(trayShows(connectingColor) && !trayShows(connectedColor), patience);
    QVERIFY(m_server.start());
    QTRY_VERIFY_WITH_TIMEOUT(trayShows(connectedColor) && !trayShows(connectingColor), patience);
    QVERIFY(m_server.waitForClients(1, patience));
    QVERIFY(curlGetsThePage());
}

void TestE2eGui::clickOnTheTrayOpensTheWindow()
{
    const QImage picture = screen();
    QPoint icon(-1, -1);
    for (int x = trayArea().left(); x < 1280 && icon.x() < 0; ++x) {
        for (int y = trayArea().top(); y < 800; ++y) {
            if (count(picture, {x, y, 1, 1}, connectedColor) > 0)
                icon = {x + 5, trayArea().center().y()};
        }
    }
    QVERIFY(icon.x() >= 0);
    xdotool({u"mousemove"_s, QString::number(icon.x()), QString::number(icon.y()), u"click"_s, u"1"_s});
    QTRY_VERIFY_WITH_TIMEOUT(isVisible(m_window), patience);
    QTRY_COMPARE_WITH_TIMEOUT(activeWindow(), u"frpc"_s, patience);
}

void TestE2eGui::nextStartAsksNothing()
{
    key(u"ctrl+q"_s);
    QCOMPARE(m_gui.waitForExit(patience), 0);
    QTRY_COMPARE_WITH_TIMEOUT(m_server.activeClients(), 0, patience);
    QVERIFY(startGui({u"--minimized"_s}));
    QVERIFY(m_server.waitForClients(1, patience));
    QTRY_VERIFY_WITH_TIMEOUT(trayShows(connectedColor), patience);
    QVERIFY(activeWindow().isEmpty());
    QVERIFY(curlGetsThePage());
    QCOMPARE(m_gui.terminate(patience), 0); // SIGTERM is an orderly end, too
}

void TestE2eGui::rendersItsPages()
{
    const QString wanted = qEnvironmentVariable("FRPX_DOCS_IMAGES");
    const QString base = wanted.isEmpty() ? m_home.path() : wanted;
    const auto render = [this](const QString &directory, const QString &language, const QString &style) {
        QFile settings(config(u"gui.json"_s));
        if (!settings.open(QIODevice::ReadWrite))
            return -1;
        QJsonObject object = QJsonDocument::fromJson(settings.readAll()).object();
        object.insert(u"style"_s, style);
        settings.resize(0);
        settings.write(QJsonDocument(object).toJson());
        settings.close();
        return Process::run(u"env"_s, guiCommand({u"--screenshot"_s, directory}, language), {});
    };
    const QString english = base + u"/en"_s;
    const QString chinese = base + u"/zh_CN"_s;
    QCOMPARE(render(english, u"C.UTF-8"_s, u"light"_s), 0);
    QCOMPARE(render(chinese, u"zh_CN.UTF-8"_s, u"dark"_s), 0);
    const QStringList names = QDir(english).entryList({u"*.png"_s});
    QVERIFY(names.contains(u"window-overview.png"_s));
    QVERIFY(names.contains(u"wizard-server.png"_s));
    QCOMPARE(QDir(chinese).entryList({u"*.png"_s}), names);
    // They really are in another language and style.
    QVERIFY(QImage(english + u"/settings.png"_s) != QImage(chinese + u"/settings.png"_s));
    QVERIFY(QImage(english + u"/settings.png"_s).pixelColor(3, 3).lightness() > 200);
    QVERIFY(QImage(chinese + u"/settings.png"_s).pixelColor(3, 3).lightness() < 80);
}

void TestE2eGui::cleanupTestCase()
{
    if (m_gui.isRunning())
        m_gui.terminate();
    m_tray.terminate();
    m_manager.terminate();
}

int main(int argc, char *argv[])
{
    for (const char *program : {"Xvfb", "openbox", "trayer", "xdotool", "curl"}) {
        if (QStandardPaths::findExecutable(QString::fromLatin1(program)).isEmpty()) {
            std::printf("SKIP: %s is not installed (packaging/install-build-deps.sh does it)\n", program);
            return 0;
        }
    }
    VirtualScreen screen;
    if (!screen.start()) {
        std::printf("FAIL: Xvfb does not start\n");
        return 1;
    }
    qputenv("DISPLAY", screen.display());
    qputenv("QT_QPA_PLATFORM", "xcb");
    qunsetenv("WAYLAND_DISPLAY");
    qputenv("LC_ALL", "C.UTF-8");
    const QGuiApplication application(argc, argv);
    TestE2eGui test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_e2e_gui.moc"
