// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QWidget>

class QPushButton;
class QSortFilterProxyModel;
class QTableView;

namespace frpx::gui {

class SessionController;

/// The table of a profile's tunnels, with buttons to change them.
class TunnelTab : public QWidget
{
    Q_OBJECT

public:
    explicit TunnelTab(SessionController &controller, QWidget *parent = nullptr);

    void addTunnel();

Q_SIGNALS:
    /// The local service of the default tunnel is a setting of the profile.
    void settingsRequested();

private:
    int currentRow() const; ///< a row of the model; -1: none
    void editTunnel();
    void removeTunnel();
    void togglePause();
    void copyAddress();
    void refreshButtons();
    void showMenu(const QPoint &position);

    SessionController &m_controller;
    QTableView *m_table;
    QSortFilterProxyModel *m_sorted;
    QPushButton *m_add;
    QPushButton *m_edit;
    QPushButton *m_pause;
    QPushButton *m_remove;
    QPushButton *m_copy;
};

} // namespace frpx::gui
