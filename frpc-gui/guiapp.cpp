// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/guiapp.h"

#include "common/core/clock.h"
#include "common/system/privatefile.h"
#include "frpc-gui/platform/autostart.h"
#include "frpc-gui/view/sessionpage.h"
#include "frpc-gui/view/settingsdialog.h"
#include "frpc-gui/view/setupwizard.h"
#include "frpc-gui/view/theme.h"

#include <QApplication>
#include <QDir>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

constexpr qsizetype maxSettings = qsizetype{256} * 1024; // bytes
constexpr int leaveTimeoutMs = 3000; // the time-out for leaving the servers at the end

} // namespace

GuiApp::GuiApp(GuiOptions options, QObject *parent)
    : QObject(parent)
    , m_options(std::move(options))
    , m_capture(m_log)
    , m_profiles(m_options.directory + u"/profiles"_s, m_control, m_disk)
    , m_window(m_profiles, m_log)
    , m_tray(m_profiles)
{
    connect(&m_profiles, &ProfileManager::loaded, this, &GuiApp::onLoaded);
    connect(&m_profiles, &ProfileManager::added, this, &GuiApp::onAdded);
    connect(&m_profiles, &ProfileManager::removed, this,
        [this](SessionController *controller) { m_notifiers.erase(controller); });
    connect(&m_profiles, &ProfileManager::failed, &m_window, &MainWindow::showFailure);
    connect(&m_profiles, &ProfileManager::imported, this,
        [this](SessionController *controller, const QStringList &notes) {
            m_window.showServer(controller);
            m_window.say(notes.isEmpty() ? tr("The configuration is imported.") : notes.join(u' '));
        });
    connect(&m_profiles, &ProfileManager::allLeft, this, &GuiApp::finished);
    connect(&m_window, &MainWindow::addRequested, this, &GuiApp::showWizard);
    connect(&m_window, &MainWindow::settingsRequested, this, &GuiApp::showSettings);
    connect(&m_window, &MainWindow::quitRequested, this, &GuiApp::quit);
    connect(&m_window, &MainWindow::closing, this, &GuiApp::onWindowClosing);
    connect(&m_tray, &TrayIcon::openRequested, this, &GuiApp::openWindow);
    connect(&m_tray, &TrayIcon::settingsRequested, this, &GuiApp::showSettings);
    connect(&m_tray, &TrayIcon::quitRequested, this, &GuiApp::quit);
}

GuiApp::~GuiApp() = default;

QString GuiApp::settingsFile() const
{
    return m_options.directory + u"/gui.json"_s;
}

void GuiApp::start()
{
    m_disk.run(
        this,
        [file = settingsFile()] {
            const Result<std::optional<PrivateFileContent>> read = readPrivateFile(file, maxSettings);
            return read && *read ? (*read)->bytes : QByteArray();
        },
        [this](const QByteArray &json) { m_settings = AppSettings::fromJson(json); });
    m_profiles.load(); // needs the settings, so it comes after them
}

void GuiApp::onLoaded()
{
    applyStyle(m_settings.style);
    m_window.restoreGeometry(m_settings.geometry);
    for (const QString &file : m_options.files)
        m_profiles.importFile(file);
    if (SessionController *last = m_profiles.byId(m_settings.currentProfile))
        m_window.showServer(last);
    const bool hidden =
        (m_options.minimized || m_settings.startMinimized) && m_options.screenshotDirectory.isEmpty();
    if (!hidden)
        m_window.raiseFully();
    else if (!m_tray.isThere())
        m_window.showMinimized(); // without a tray, a hidden window could not be opened
    for (const auto &controller : m_profiles.controllers()) {
        if (controller->profile().connectAtStart)
            controller->connectToServer();
    }
    if (!m_options.profile.isEmpty())
        showProfile(m_options.profile);
    else if (m_profiles.controllers().empty() && m_options.files.isEmpty() && !hidden
        && m_options.screenshotDirectory.isEmpty())
        showWizard();
    Q_EMIT ready();
}

void GuiApp::showProfile(const QString &name)
{
    SessionController *controller = m_profiles.byName(name);
    if (!controller)
        return m_window.showFailure(tr("There is no server named “%1”.").arg(name), {});
    m_window.showServer(controller);
    if (!controller->isWanted())
        controller->connectToServer();
}

void GuiApp::onSecondStart(const GuiOptions &options)
{
    if (m_isQuitting)
        return;
    openWindow();
    for (const QString &file : options.files)
        m_profiles.importFile(file);
    if (!options.profile.isEmpty())
        showProfile(options.profile);
}

/// The person looks at the program, so show one question that waits for an answer.
void GuiApp::openWindow()
{
    m_window.raiseFully();
    if (m_window.findChild<SetupWizard *>())
        return; // the wizard asks by itself
    for (const auto &controller : m_profiles.controllers()) {
        const SessionStatus &status = controller->status();
        const bool wantsLogin = status.state == client::ServerSession::State::NeedsLogin && status.error;
        if (!wantsLogin && !status.certificate)
            continue;
        m_window.showServer(controller.get());
        SessionPage *page = m_window.page(controller.get());
        return wantsLogin ? page->logIn() : page->askForTrust();
    }
}

void GuiApp::onAdded(SessionController *controller)
{
    connect(controller, &SessionController::changed, this, [this, controller] { look(controller); });
    connect(controller, &SessionController::loginNeeded, this, [this, controller] {
        const bool wizardAsks = m_window.findChild<SetupWizard *>() != nullptr;
        if (m_window.isVisible() && !wizardAsks) {
            m_window.showServer(controller);
            m_window.page(controller)->logIn();
        } else if (!wizardAsks && m_settings.notifications) {
            m_tray.notify(
                controller->statusText().title, controller->statusText().detail, StatusLevel::Attention);
        }
    });
    connect(
        controller, &SessionController::trustNeeded, this, [this, controller] { askForTrust(controller); });
}

void GuiApp::askForTrust(SessionController *controller)
{
    const std::optional<client::ServerCertificate> &shown = controller->status().certificate;
    const bool hasChanged = shown && shown->remembered.has_value();
    if (hasChanged) { // may be an attack, so the person is told at once
        m_tray.notify(
            controller->statusText().title, controller->statusText().detail, StatusLevel::Attention);
        m_window.raiseFully();
    } else if (!m_window.isVisible()) {
        return m_tray.notify(
            controller->statusText().title, controller->statusText().detail, StatusLevel::Attention);
    }
    m_window.showServer(controller);
    m_window.page(controller)->askForTrust(m_window.findChild<SetupWizard *>());
}

/// Notifies the person of a loss or return of the controller's connection.
void GuiApp::look(SessionController *controller)
{
    LinkNotifier &notifier = m_notifiers[controller];
    const qint64 now = steadyMs();
    const auto news = notifier.update(controller->isOnline(), controller->isWanted(), now);
    if (news && m_settings.notifications) {
        const QString &server = controller->profile().name;
        const bool isToldOtherwise =
            controller->statusText().level == StatusLevel::Attention; // needs an answer from the person
        if (*news == LinkNotifier::News::Lost && !isToldOtherwise)
            m_tray.notify(tr("Connection to %1 lost").arg(server), controller->statusText().detail,
                StatusLevel::Connecting);
        else if (*news == LinkNotifier::News::Restored)
            m_tray.notify(tr("Connected to %1 again").arg(server), {}, StatusLevel::Connected);
    }
    if (const auto due = notifier.nextDue())
        QTimer::singleShot(
            std::max<qint64>(1, *due - now), controller, [this, controller] { look(controller); });
}

void GuiApp::onWindowClosing()
{
    if (!m_tray.isThere())
        return quit(); // without a tray, a hidden window could not be opened again
    m_window.hide();
    m_settings.currentProfile = m_window.current() ? m_window.current()->profile().id : QString();
    m_settings.geometry = m_window.saveGeometry();
    if (!std::exchange(m_settings.closeHintShown, true))
        m_tray.notify(tr("frpc keeps running"),
            tr("The connections stay up. Use this icon to open the window or to quit."), m_tray.level());
    keepSettings();
}

void GuiApp::showWizard()
{
    if (m_window.findChild<SetupWizard *>())
        return;
    auto *wizard = new SetupWizard(m_profiles, &m_window);
    connect(wizard, &QDialog::finished, this, [this, wizard] {
        if (SessionController *controller = wizard->controller())
            m_window.showServer(controller);
    });
    wizard->open();
}

void GuiApp::showSettings()
{
    m_window.raiseFully();
    m_disk.run(
        this, [] { return startsWithSystem(); },
        [this](std::optional<bool> starts) {
            auto *dialog = new SettingsDialog(m_settings, starts, &m_window);
            connect(dialog, &SettingsDialog::chosen, this, &GuiApp::onSettingsChosen);
            dialog->open();
        });
}

void GuiApp::onSettingsChosen(const AppSettings &settings, bool startsWithSystem)
{
    m_settings = settings;
    applyStyle(settings.style);
    keepSettings();
    m_disk.run(
        this,
        [startsWithSystem]() -> Result<void> {
            const std::optional<bool> now = gui::startsWithSystem();
            return !now || *now == startsWithSystem ? Result<void>() : setStartsWithSystem(startsWithSystem);
        },
        [this](const Result<void> &done) {
            if (!done)
                m_window.showFailure(tr("Starting with the system cannot be changed."), done.error().detail);
        });
}

void GuiApp::keepSettings()
{
    m_disk.run([directory = m_options.directory, file = settingsFile(), json = m_settings.toJson()] {
        QDir().mkpath(directory);
        (void)writePrivateFile(file, json); // a failure loses only the view's state
    });
}

void GuiApp::quit()
{
    if (std::exchange(m_isQuitting, true))
        return Q_EMIT finished();
    m_settings.currentProfile = m_window.current() ? m_window.current()->profile().id : QString();
    m_settings.geometry = m_window.saveGeometry();
    keepSettings();
    m_window.hide();
    m_profiles.leaveAll(leaveTimeoutMs);
}

} // namespace frpx::gui
