// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/process.h"

#include <QColor>
#include <QImage>
#include <QPoint>
#include <QRect>
#include <QSet>

#include <functional>
#include <memory>

class QObject;

namespace frpx::test {

constexpr int guiPatience = 30'000; ///< ms; the machine may be busy
inline const QColor connectedColor(0x1f, 0x9d, 0x55);
inline const QColor connectingColor(0xe0, 0xa1, 0x00);
inline const QColor attentionColor(0xd9, 0x2d, 0x20);

/// frpc-gui as a person has it: with a window manager and a tray on a screen (Xvfb), worked by keyboard and
/// mouse. The GUIs started here have one place for settings, which goes with this object.
class Desktop
{
public:
    using Window = QByteArray; ///< the number that X gives it

    bool start();
    /// Ends what is running, frpc-gui first.
    void stop();

    bool startGui(const QStringList &arguments = {}, const QString &language = QStringLiteral("C.UTF-8"));
    /// For QProcess or Process::run(): another frpc-gui with the same settings.
    QStringList guiCommand(
        const QStringList &arguments, const QString &language = QStringLiteral("C.UTF-8")) const;
    Process &gui() { return m_gui; }
    QString configDirectory() const { return m_home.filePath(QStringLiteral("frpx")); }
    /// The directory of its only profile; empty: there is none, or more.
    QString profileDirectory() const;
    /// Writes \a value into the settings that the next frpc-gui reads.
    bool setSetting(const QString &key, const QString &value) const;

    void type(const QString &text) const;
    void key(const QString &keys) const;
    void click(QPoint where, int button = 1) const;
    Window activeWindow() const;
    QString activeTitle() const;
    /// Whether keys go to \a window; the window manager goes on calling the last one active when it is gone.
    bool hasFocus(const Window &window) const;
    /// All that can be seen of frpc-gui, with what hangs in the tray.
    QSet<Window> windows() const;
    QRect geometry(const Window &window) const;

    QImage picture() const;
    static QRect trayArea();
    bool trayShows(const QColor &color) const;
    /// Where the icon is, which has to be in that state; a null point: nowhere.
    QPoint trayIcon(const QColor &color) const;

    /// With the variable FRPX_DOCS_IMAGES set to a directory, the tests keep pictures for the documentation.
    static bool keepsPictures();
    /// Keeps one of \a area; of the whole screen if it is empty. \a name may have a folder.
    void keep(const QString &name, const QRect &area = {}) const;
    /// The active one, without its frame.
    void keepWindow(const QString &name) const;

private:
    static void save(const QImage &picture, const QString &name);
    static QByteArray xdotool(const QStringList &arguments);

    QTemporaryDir m_home;
    Process m_manager;
    Process m_tray;
    Process m_gui;
};

/// The main() of a test on a screen of its own, which is there before \a makeTest is called; without the
/// programs it needs the test is skipped.
int runOnDesktop(int argc, char **argv, const std::function<std::unique_ptr<QObject>()> &makeTest);

} // namespace frpx::test
