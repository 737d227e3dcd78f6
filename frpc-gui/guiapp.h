// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/guioptions.h"
#include "frpc-gui/model/appsettings.h"
#include "frpc-gui/model/linknotifier.h"
#include "frpc-gui/model/logmodel.h"
#include "frpc-gui/platform/diskqueue.h"
#include "frpc-gui/platform/logcapture.h"
#include "frpc-gui/session/controlthread.h"
#include "frpc-gui/session/profilemanager.h"
#include "frpc-gui/view/mainwindow.h"
#include "frpc-gui/view/trayicon.h"

#include <map>

namespace frpx::gui {

/// The program without its windows: builds the parts, connects them, and takes them down in order.
class GuiApp : public QObject
{
    Q_OBJECT

public:
    explicit GuiApp(GuiOptions options, QObject *parent = nullptr);
    ~GuiApp() override;

    void start();
    /// Handles the message of a second start of the program.
    void onSecondStart(const GuiOptions &options);
    /// Leaves the servers, then emits finished(). A second call quits at once.
    void quit();

    MainWindow &window() { return m_window; }
    TrayIcon &tray() { return m_tray; }
    ProfileManager &profiles() { return m_profiles; }
    const AppSettings &settings() const { return m_settings; }
    void showWizard();
    void showSettings();

Q_SIGNALS:
    /// The settings and profiles are read, and the window is shown if the options ask for it.
    void ready();
    void finished();

private:
    void onLoaded();
    void onAdded(SessionController *controller);
    void onWindowClosing();
    void onSettingsChosen(const AppSettings &settings, bool startsWithSystem);
    void openWindow();
    void askForTrust(SessionController *controller);
    void showProfile(const QString &name);
    void look(SessionController *controller);
    void keepSettings();
    QString settingsFile() const;

    GuiOptions m_options;
    AppSettings m_settings;
    DiskQueue m_disk;
    ControlThread m_control;
    LogModel m_log;
    LogCapture m_capture;
    ProfileManager m_profiles;
    MainWindow m_window;
    TrayIcon m_tray;
    std::map<SessionController *, LinkNotifier> m_notifiers;
    bool m_isQuitting = false;
};

} // namespace frpx::gui
