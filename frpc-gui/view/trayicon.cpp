// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/trayicon.h"

#include "frpc-gui/model/format.h"
#include "frpc-gui/session/profilemanager.h"
#include "frpc-gui/view/icons.h"

#include <QClipboard>
#include <QGuiApplication>

using namespace Qt::StringLiterals;

namespace frpx::gui {

StatusLevel overallLevel(const QList<StatusLevel> &levels)
{
    for (const StatusLevel level :
        {StatusLevel::Attention, StatusLevel::Connecting, StatusLevel::Connected}) {
        if (levels.contains(level))
            return level;
    }
    return StatusLevel::Off;
}

TrayIcon::TrayIcon(ProfileManager &profiles, QObject *parent)
    : QObject(parent)
    , m_profiles(profiles)
{
    m_menu.setObjectName(u"trayMenu"_s);
    m_icon.setContextMenu(&m_menu);
    connect(&m_menu, &QMenu::aboutToShow, this, &TrayIcon::fillMenu);
    connect(&m_icon, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger || reason == QSystemTrayIcon::DoubleClick)
            Q_EMIT openRequested();
    });
    connect(&m_icon, &QSystemTrayIcon::messageClicked, this, &TrayIcon::openRequested);
    connect(&m_profiles, &ProfileManager::added, this, &TrayIcon::add);
    connect(&m_profiles, &ProfileManager::removed, this, [this](SessionController *controller) {
        controller->disconnect(this);
        refresh();
    });
    for (const auto &controller : m_profiles.controllers())
        add(controller.get());
    fillMenu(); // some trays read the menu before they announce that they open it
    refresh();
    m_icon.show(); // visible as soon as a tray exists, which may start later than this program
}

bool TrayIcon::isThere() const
{
    return QSystemTrayIcon::isSystemTrayAvailable() && m_icon.isVisible();
}

void TrayIcon::notify(const QString &title, const QString &text, StatusLevel level)
{
    if (isThere() && QSystemTrayIcon::supportsMessages())
        m_icon.showMessage(title, text, levelIcon(level));
}

void TrayIcon::add(SessionController *controller)
{
    connect(controller, &SessionController::changed, this, &TrayIcon::refresh);
    connect(controller, &SessionController::sampled, this, &TrayIcon::refresh);
    refresh();
}

void TrayIcon::refresh()
{
    QList<StatusLevel> levels;
    QStringList lines;
    TrafficHistory::Point sum;
    for (const auto &controller : m_profiles.controllers()) {
        levels << controller->statusText().level;
        if (controller->isWanted() || m_profiles.controllers().size() == 1)
            lines << controller->statusText().title;
        if (controller->isOnline()) {
            sum.toVisitor += controller->history().last().toVisitor;
            sum.toService += controller->history().last().toService;
        }
    }
    const StatusLevel now = overallLevel(levels);
    constexpr qsizetype maxLines = 5;
    QString tip = u"frpc: "_s + levelName(now);
    for (const QString &line : lines.mid(0, maxLines))
        tip += u'\n' + line;
    if (now == StatusLevel::Connected || sum.toVisitor + sum.toService > 0)
        tip +=
            u'\n' + tr("↓ %1  ↑ %2", "received, sent").arg(rateText(sum.toService), rateText(sum.toVisitor));
    if (tip != m_icon.toolTip())
        m_icon.setToolTip(tip);
    if (!m_hasIcon || now != m_level) {
        m_hasIcon = true;
        m_level = now;
        m_icon.setIcon(levelIcon(now));
    }
}

void TrayIcon::fillMenu()
{
    m_menu.clear(); // also deletes its submenus
    const QList<QMenu *> old = m_menu.findChildren<QMenu *>(Qt::FindDirectChildrenOnly);
    for (QMenu *menu : old)
        menu->deleteLater();
    const auto &all = m_profiles.controllers();
    for (const auto &controller : all) {
        QMenu *menu = all.size() == 1
            ? &m_menu
            : m_menu.addMenu(levelIcon(controller->statusText().level), controller->profile().name);
        fillServerMenu(menu, controller.get());
    }
    m_menu.addSeparator();
    m_menu.addAction(tr("&Open window"), this, &TrayIcon::openRequested);
    m_menu.addAction(tr("&Settings …"), this, &TrayIcon::settingsRequested);
    m_menu.addSeparator();
    m_menu.addAction(tr("&Quit"), this, &TrayIcon::quitRequested);
}

void TrayIcon::fillServerMenu(QMenu *menu, SessionController *controller)
{
    menu->addAction(levelIcon(controller->statusText().level), controller->statusText().title)
        ->setEnabled(false);
    if (controller->isWanted())
        menu->addAction(tr("&Disconnect"), controller, &SessionController::disconnectFromServer);
    else
        menu->addAction(tr("&Connect"), controller, &SessionController::connectToServer);
    const TunnelTableModel *tunnels = controller->tunnels();
    constexpr int maxTunnels = 20; // keeps the menu short
    int shown = 0;
    for (int row = 0; row < tunnels->rowCount() && shown < maxTunnels; ++row) {
        const QString address = tunnels->publicAddress(row);
        if (address.isEmpty())
            continue;
        ++shown;
        const QString tunnelName = tunnels->index(row, TunnelTableModel::Name).data().toString();
        menu->addAction(actionIcon(u"copy"_s),
            tr("Copy %1: %2", "a tunnel and its address").arg(tunnelName, address), menu,
            [address] { QGuiApplication::clipboard()->setText(address); });
    }
    menu->addAction(tr("&Log out"), controller, &SessionController::logOut);
}

} // namespace frpx::gui
