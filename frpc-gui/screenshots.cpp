// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/screenshots.h"

#include "frpc-gui/guiapp.h"
#include "frpc-gui/view/logindialog.h"
#include "frpc-gui/view/serverdialog.h"
#include "frpc-gui/view/sessionpage.h"
#include "frpc-gui/view/settingsdialog.h"
#include "frpc-gui/view/setupwizard.h"
#include "frpc-gui/view/trustdialog.h"
#include "frpc-gui/view/tunneldialog.h"

#include <QDir>
#include <QPixmap>
#include <QTabWidget>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

constexpr int stepMs = 150; // time for layouts and for the search for local services
constexpr int maxWaits = 40;

} // namespace

Screenshots::Screenshots(GuiApp &app, QString directory, QObject *parent)
    : QObject(parent)
    , m_app(app)
    , m_directory(std::move(directory))
{
    m_timer.setInterval(stepMs);
    connect(&m_timer, &QTimer::timeout, this, &Screenshots::next);
}

void Screenshots::start()
{
    plan();
    m_timer.start();
}

bool Screenshots::isSettled() const
{
    const auto &controllers = m_app.profiles().controllers();
    return std::all_of(controllers.begin(), controllers.end(), [](const auto &controller) {
        return !controller->isWanted() || controller->isOnline()
            || controller->statusText().level == StatusLevel::Attention;
    });
}

void Screenshots::plan()
{
    std::vector<Step> steps;
    const QStringList tabs{u"overview"_s, u"tunnels"_s, u"log"_s};
    for (int i = 0; i < tabs.size(); ++i) {
        steps.emplace_back([this, i] {
            if (SessionController *current = m_app.window().current())
                m_app.window().page(current)->tabs()->setCurrentIndex(i);
        });
        steps.emplace_back([this, page = tabs[i]] { take(u"window-"_s + page, &m_app.window()); });
    }
    m_steps = std::move(steps);
    const QStringList pages{u"wizard-server"_s, u"wizard-account"_s, u"wizard-service"_s};
    for (int i = 0; i < pages.size(); ++i) {
        planDialog(pages[i], [this, i] {
            auto *wizard = new SetupWizard(m_app.profiles(), &m_app.window());
            wizard->setStartId(i);
            return wizard;
        });
    }
    planDialog(u"settings"_s, [this] { return new SettingsDialog(m_app.settings(), true, &m_app.window()); });
    if (SessionController *current = m_app.window().current()) {
        planDialog(
            u"server"_s, [this, current] { return new ServerDialog(current->profile(), &m_app.window()); });
        planDialog(u"tunnel"_s,
            [this, current] { return new TunnelDialog(current->profile(), {}, &m_app.window()); });
        for (const bool changed : {false, true}) {
            planDialog(changed ? u"trust-changed"_s : u"trust"_s, [this, current, changed] {
                client::ServerCertificate shown;
                shown.host = current->profile().serverHost();
                shown.port = quint16(current->profile().setting(u"control-port"_s).toUInt());
                shown.fingerprint = Fingerprint::ofDer("an example"_ba);
                if (changed)
                    shown.remembered = Fingerprint::ofDer("another example"_ba);
                shown.expires = QDateTime::currentDateTimeUtc().addYears(10);
                return new TrustDialog(shown, current->profile().name, &m_app.window());
            });
        }
        planDialog(u"login"_s, [this, current] { return new LoginDialog(*current, &m_app.window()); });
    }
    std::reverse(m_steps.begin(), m_steps.end());
}

void Screenshots::planDialog(const QString &fileName, std::function<QDialog *()> make)
{
    m_steps.emplace_back([this, make = std::move(make)] {
        m_dialog = make();
        m_dialog->open();
    });
    m_steps.emplace_back([] {}); // time for the search for local services
    m_steps.emplace_back([this, fileName] {
        take(fileName, m_dialog);
        if (m_dialog)
            m_dialog->reject();
    });
}

void Screenshots::next()
{
    if (!isSettled() && ++m_waits < maxWaits)
        return;
    if (m_steps.empty()) {
        m_timer.stop();
        return Q_EMIT finished(m_faults);
    }
    const Step step = std::move(m_steps.back());
    m_steps.pop_back();
    step();
}

/// Only for documentation and tests, so it may block on the disk.
void Screenshots::take(const QString &fileName, QWidget *widget)
{
    const QString path = QDir(m_directory).filePath(fileName + u".png"_s);
    if (!widget || !QDir().mkpath(m_directory) || !widget->grab().save(path))
        m_faults << path;
}

} // namespace frpx::gui
