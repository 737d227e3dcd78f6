// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/tunneltab.h"

#include "frpc-gui/session/sessioncontroller.h"
#include "frpc-gui/view/flowlayout.h"
#include "frpc-gui/view/icons.h"
#include "frpc-gui/view/tunneldialog.h"
#include "frpc-gui/view/tunnelstatedelegate.h"
#include "frpc-gui/view/widgets.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QShortcut>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace frpx::gui {

TunnelTab::TunnelTab(SessionController &controller, QWidget *parent)
    : QWidget(parent)
    , m_controller(controller)
    , m_table(new QTableView)
    , m_sorted(new QSortFilterProxyModel(this))
    , m_add(new QPushButton(actionIcon(u"add"_s), tr("&Add …")))
    , m_edit(new QPushButton(actionIcon(u"edit"_s), tr("&Edit …")))
    , m_pause(new QPushButton(actionIcon(u"pause"_s), tr("Pa&use")))
    , m_remove(new QPushButton(actionIcon(u"remove"_s), tr("&Remove")))
    , m_copy(new QPushButton(actionIcon(u"copy"_s), tr("Cop&y address")))
{
    m_sorted->setSourceModel(m_controller.tunnels());
    m_sorted->setSortRole(TunnelTableModel::SortRole);
    m_table->setModel(m_sorted);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(-1, Qt::AscendingOrder); // in the order of the configuration
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setAlternatingRowColors(true);
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    m_table->setItemDelegateForColumn(TunnelTableModel::State, new TunnelStateDelegate(m_table));
    m_table->verticalHeader()->hide();
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setStretchLastSection(true);
    name(m_table, u"tunnelTable"_s, tr("Tunnels"));
    name(m_add, u"addTunnelButton"_s, tr("Add a tunnel"));
    name(m_edit, u"editTunnelButton"_s, tr("Edit the tunnel"));
    m_pause->setObjectName(u"pauseTunnelButton"_s);
    name(m_remove, u"removeTunnelButton"_s, tr("Remove the tunnel"));
    name(m_copy, u"copyAddressButton"_s, tr("Copy the tunnel's public address"));

    auto *buttons = new FlowLayout;
    for (QPushButton *button : {m_add, m_edit, m_pause, m_remove, m_copy})
        buttons->addWidget(button);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 14, 14, 14);
    layout->addLayout(buttons);
    layout->addWidget(m_table, 1);

    connect(m_add, &QPushButton::clicked, this, &TunnelTab::addTunnel);
    connect(m_edit, &QPushButton::clicked, this, &TunnelTab::editTunnel);
    connect(m_pause, &QPushButton::clicked, this, &TunnelTab::togglePause);
    connect(m_remove, &QPushButton::clicked, this, &TunnelTab::removeTunnel);
    connect(m_copy, &QPushButton::clicked, this, &TunnelTab::copyAddress);
    connect(m_table, &QTableView::activated, this, &TunnelTab::editTunnel);
    connect(m_table, &QTableView::customContextMenuRequested, this, &TunnelTab::showMenu);
    connect(
        m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &TunnelTab::refreshButtons);
    connect(m_controller.tunnels(), &QAbstractItemModel::modelReset, this, &TunnelTab::refreshButtons);
    connect(&m_controller, &SessionController::changed, this, &TunnelTab::refreshButtons);
    auto *removeKey = new QShortcut(QKeySequence::Delete, m_table);
    removeKey->setContext(Qt::WidgetShortcut);
    connect(removeKey, &QShortcut::activated, this, &TunnelTab::removeTunnel);
    auto *copyKey = new QShortcut(QKeySequence::Copy, m_table);
    copyKey->setContext(Qt::WidgetShortcut);
    connect(copyKey, &QShortcut::activated, this, &TunnelTab::copyAddress);
    if (m_sorted->rowCount() > 0)
        m_table->selectRow(0);
    refreshButtons();
}

int TunnelTab::currentRow() const
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? -1 : m_sorted->mapToSource(rows.first()).row();
}

void TunnelTab::refreshButtons()
{
    const int row = currentRow();
    const TunnelTableModel *model = m_controller.tunnels();
    const bool isDefault = row >= 0 && model->nameAt(row).isEmpty();
    const bool isPaused = row >= 0 && model->isPaused(row);
    m_edit->setEnabled(row >= 0);
    m_pause->setEnabled(row >= 0);
    m_pause->setText(isPaused ? tr("Res&ume") : tr("Pa&use"));
    m_pause->setIcon(actionIcon(isPaused ? u"play"_s : u"pause"_s));
    m_pause->setAccessibleName(isPaused ? tr("Resume the tunnel") : tr("Pause the tunnel"));
    m_remove->setEnabled(row >= 0 && !isDefault);
    m_copy->setEnabled(row >= 0 && !model->publicAddress(row).isEmpty());
}

void TunnelTab::addTunnel()
{
    auto *dialog = new TunnelDialog(m_controller.profile(), {}, this);
    connect(dialog, &TunnelDialog::chosen, this, [this](const TunnelSpec &spec) {
        Profile profile = m_controller.profile();
        profile.putTunnel(spec.name, spec);
        m_controller.setProfile(profile);
    });
    dialog->open();
}

void TunnelTab::editTunnel()
{
    const int row = currentRow();
    if (row < 0)
        return;
    const QString tunnelName = m_controller.tunnels()->nameAt(row);
    if (tunnelName.isEmpty())
        return Q_EMIT settingsRequested();
    auto *dialog = new TunnelDialog(m_controller.profile(), tunnelName, this);
    connect(dialog, &TunnelDialog::chosen, this, [this, tunnelName](const TunnelSpec &spec) {
        Profile profile = m_controller.profile();
        profile.putTunnel(tunnelName, spec);
        m_controller.setProfile(profile);
    });
    dialog->open();
}

void TunnelTab::removeTunnel()
{
    const int row = currentRow();
    const QString tunnelName = row < 0 ? QString() : m_controller.tunnels()->nameAt(row);
    if (tunnelName.isEmpty())
        return;
    auto *question = new QMessageBox(QMessageBox::Question, tr("Remove a tunnel"),
        tr("Remove the tunnel “%1”?").arg(tunnelName), QMessageBox::NoButton, this);
    question->setTextFormat(Qt::PlainText);
    question->setInformativeText(tr("Its connections are closed."));
    const QPushButton *yes = question->addButton(tr("&Remove"), QMessageBox::AcceptRole);
    question->addButton(tr("Cancel"), QMessageBox::RejectRole);
    question->setAttribute(Qt::WA_DeleteOnClose);
    connect(yes, &QPushButton::clicked, this, [this, tunnelName] {
        Profile profile = m_controller.profile();
        profile.removeTunnel(tunnelName);
        m_controller.setProfile(profile);
    });
    question->open();
}

void TunnelTab::togglePause()
{
    const int row = currentRow();
    if (row >= 0)
        m_controller.setPaused(m_controller.tunnels()->nameAt(row), !m_controller.tunnels()->isPaused(row));
}

void TunnelTab::copyAddress()
{
    const int row = currentRow();
    const QString address = row < 0 ? QString() : m_controller.tunnels()->publicAddress(row);
    if (!address.isEmpty())
        QGuiApplication::clipboard()->setText(address);
}

void TunnelTab::showMenu(const QPoint &position)
{
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (QPushButton *button : {m_copy, m_edit, m_pause, m_remove}) {
        QAction *action = menu->addAction(button->icon(), button->text(), button, &QPushButton::click);
        action->setEnabled(button->isEnabled());
    }
    menu->popup(m_table->viewport()->mapToGlobal(position));
}

} // namespace frpx::gui
