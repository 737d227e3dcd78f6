// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/desktop.h"

#include <QDir>
#include <QFileInfo>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPainter>
#include <QPixmap>
#include <QProcess>
#include <QScreen>
#include <QStandardPaths>
#include <QTest>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace frpx::test {

namespace {

constexpr QSize screenSize(1280, 800);
constexpr QSize traySize(200, 40);
constexpr int drawingMs = 400; // until what has just been asked for is to be seen

/// Xvfb on a display of its own choice.
class VirtualScreen
{
public:
    bool start()
    {
        m_process.setProgram(u"Xvfb"_s);
        m_process.setArguments({u"-displayfd"_s, u"1"_s, u"-screen"_s, u"0"_s,
            u"%1x%2x24"_s.arg(screenSize.width()).arg(screenSize.height()), u"-nolisten"_s, u"tcp"_s,
            u"-noreset"_s});
        m_process.setStandardErrorFile(QProcess::nullDevice());
        m_process.start();
        if (!m_process.waitForStarted())
            return false;
        QByteArray number;
        while (!number.endsWith('\n') && m_process.waitForReadyRead(guiPatience))
            number += m_process.readAllStandardOutput();
        m_display = ':' + number.trimmed();
        return number.endsWith('\n');
    }
    ~VirtualScreen()
    {
        m_process.terminate();
        m_process.waitForFinished(guiPatience);
    }
    const QByteArray &display() const { return m_display; }

private:
    QProcess m_process;
    QByteArray m_display;
};

/// Something nicer than black behind the windows.
void paintBackground()
{
    const QTemporaryDir place;
    const QString file = place.filePath(u"sky.png"_s);
    QImage picture(screenSize, QImage::Format_RGB32);
    QLinearGradient sky(0, 0, 0, picture.height());
    sky.setColorAt(0, QColor(0x3a, 0x5f, 0x86));
    sky.setColorAt(1, QColor(0x8f, 0xa9, 0xbd));
    QPainter(&picture).fillRect(picture.rect(), sky);
    if (picture.save(file))
        Process::run(u"display"_s, {u"-window"_s, u"root"_s, file}, {}); // of ImageMagick
}

bool isLike(const QColor &pixel, const QColor &color)
{
    return std::abs(pixel.red() - color.red()) + std::abs(pixel.green() - color.green())
        + std::abs(pixel.blue() - color.blue())
        < 24;
}

QPoint position(int index)
{
    return {index % traySize.width(), index / traySize.width()};
}

} // namespace

bool Desktop::start()
{
    const bool isStarted = m_manager.start(u"openbox"_s, {})
        && m_tray.start(u"trayer"_s,
            {u"--edge"_s, u"bottom"_s, u"--align"_s, u"right"_s, u"--widthtype"_s, u"pixel"_s, u"--width"_s,
                QString::number(traySize.width()), u"--heighttype"_s, u"pixel"_s, u"--height"_s,
                QString::number(traySize.height()), u"--SetDockType"_s, u"true"_s, u"--tint"_s, u"0x303030"_s,
                u"--transparent"_s, u"true"_s, u"--alpha"_s, u"0"_s});
    const auto isManaged = [] { // and the tray, empty as yet, is not to be seen
        return Process::run(u"xdotool"_s, {u"get_num_desktops"_s}, {}) == 0;
    };
    return isStarted && QTest::qWaitFor(isManaged, guiPatience);
}

void Desktop::stop()
{
    for (Process *process : {&m_gui, &m_tray, &m_manager}) {
        if (process->isRunning())
            process->terminate();
    }
}

QStringList Desktop::guiCommand(const QStringList &arguments, const QString &language) const
{
    return QStringList{u"XDG_CONFIG_HOME="_s + m_home.path(), u"XDG_RUNTIME_DIR="_s + m_home.path(),
               u"DBUS_SESSION_BUS_ADDRESS=disabled:"_s, // no tray of somebody's own desktop
               u"LC_ALL="_s + language, u"LANGUAGE="_s + language.section(u'.', 0, 0),
               QStringLiteral(FRPX_TEST_FRPC_GUI)}
    + arguments;
}

bool Desktop::startGui(const QStringList &arguments, const QString &language)
{
    return m_gui.start(u"env"_s, guiCommand(arguments, language)); // which becomes it: the same process
}

QString Desktop::profileDirectory() const
{
    const QDir profiles(configDirectory() + u"/profiles"_s);
    const QStringList names = profiles.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    return names.size() == 1 ? profiles.filePath(names.first()) : QString();
}

bool Desktop::setSetting(const QString &key, const QString &value) const
{
    QFile settings(configDirectory() + u"/gui.json"_s);
    if (!QDir().mkpath(configDirectory()) || !settings.open(QIODevice::ReadWrite))
        return false;
    QJsonObject object = QJsonDocument::fromJson(settings.readAll()).object();
    object.insert(key, value);
    return settings.resize(0) && settings.seek(0) && settings.write(QJsonDocument(object).toJson()) > 0;
}

QByteArray Desktop::xdotool(const QStringList &arguments)
{
    QByteArray output;
    Process::run(u"xdotool"_s, arguments, {}, &output);
    return output.trimmed();
}

void Desktop::type(const QString &text) const
{
    xdotool({u"type"_s, u"--delay"_s, u"5"_s, text});
}

void Desktop::key(const QString &keys) const
{
    xdotool({u"key"_s, keys});
}

void Desktop::click(QPoint where, int button) const
{
    xdotool({u"mousemove"_s, QString::number(where.x()), QString::number(where.y()), u"click"_s,
        QString::number(button)});
}

Desktop::Window Desktop::activeWindow() const
{
    return xdotool({u"getactivewindow"_s});
}

QString Desktop::activeTitle() const
{
    return QString::fromUtf8(xdotool({u"getactivewindow"_s, u"getwindowname"_s}));
}

bool Desktop::hasFocus(const Window &window) const
{
    return !window.isEmpty() && xdotool({u"getwindowfocus"_s, u"-f"_s}) == window;
}

QSet<Desktop::Window> Desktop::windows() const
{
    // It gives up when one disappears while it looks; the one in the tray is always there.
    QByteArray numbers;
    const auto look = [&numbers] {
        numbers.clear();
        return Process::run(
                   u"xdotool"_s, {u"search"_s, u"--onlyvisible"_s, u"--class"_s, u"frpc-gui"_s}, {}, &numbers)
            == 0;
    };
    if (!QTest::qWaitFor(look, guiPatience))
        return {};
    const QList<Window> list = numbers.trimmed().split('\n');
    return {list.begin(), list.end()};
}

QRect Desktop::geometry(const Window &window) const
{
    QRect area;
    const QList<QByteArray> lines =
        xdotool({u"getwindowgeometry"_s, u"--shell"_s, QString::fromLatin1(window)}).split('\n');
    for (const QByteArray &line : lines) {
        const int value = line.mid(line.indexOf('=') + 1).toInt();
        if (line.startsWith("X="))
            area.moveLeft(value);
        else if (line.startsWith("Y="))
            area.moveTop(value);
        else if (line.startsWith("WIDTH="))
            area.setWidth(value);
        else if (line.startsWith("HEIGHT="))
            area.setHeight(value);
    }
    return area;
}

QImage Desktop::picture() const
{
    return QGuiApplication::primaryScreen()->grabWindow(0).toImage();
}

QRect Desktop::trayArea()
{
    return {QPoint(screenSize.width() - traySize.width(), screenSize.height() - traySize.height()), traySize};
}

bool Desktop::trayShows(const QColor &color) const
{
    constexpr int enough = 40; // pixels
    const QImage tray = picture().copy(trayArea());
    int found = 0;
    for (int i = 0; i < traySize.width() * traySize.height(); ++i)
        found += isLike(tray.pixelColor(position(i)), color);
    return found > enough;
}

QPoint Desktop::trayIcon(const QColor &color) const
{
    const QImage tray = picture().copy(trayArea());
    QRect icon;
    for (int i = 0; i < traySize.width() * traySize.height(); ++i) {
        if (isLike(tray.pixelColor(position(i)), color))
            icon |= QRect(position(i), QSize(1, 1));
    }
    return icon.isEmpty() ? QPoint() : trayArea().topLeft() + icon.center();
}

bool Desktop::keepsPictures()
{
    return qEnvironmentVariableIsSet("FRPX_DOCS_IMAGES");
}

void Desktop::keep(const QString &name, const QRect &area) const
{
    if (!keepsPictures())
        return;
    QTest::qWait(drawingMs);
    const QImage whole = picture();
    save(area.isEmpty() ? whole : whole.copy(area & whole.rect()), name);
}

void Desktop::keepWindow(const QString &name) const
{
    if (!keepsPictures())
        return;
    QTest::qWait(drawingMs);
    save(QGuiApplication::primaryScreen()->grabWindow(activeWindow().toULongLong()).toImage(), name);
}

void Desktop::save(const QImage &picture, const QString &name)
{
    const QString file = QDir(qEnvironmentVariable("FRPX_DOCS_IMAGES")).filePath(name + u".png"_s);
    QVERIFY(QDir().mkpath(QFileInfo(file).path()));
    QVERIFY2(picture.save(file), qPrintable(file));
}

int runOnDesktop(int argc, char **argv, const std::function<std::unique_ptr<QObject>()> &makeTest)
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
    if (Desktop::keepsPictures())
        paintBackground();
    const std::unique_ptr<QObject> test = makeTest();
    return QTest::qExec(test.get(), argc, argv);
}

} // namespace frpx::test
