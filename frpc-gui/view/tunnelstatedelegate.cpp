// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/view/tunnelstatedelegate.h"

#include "frpc-gui/model/tunneltablemodel.h"
#include "frpc-gui/view/icons.h"

namespace frpx::gui {

namespace {

StatusLevel levelOf(TunnelTableModel::Health health)
{
    switch (health) {
    case TunnelTableModel::Health::Good:
        return StatusLevel::Connected;
    case TunnelTableModel::Health::Unknown:
        return StatusLevel::Connecting;
    case TunnelTableModel::Health::Paused:
        return StatusLevel::Off;
    case TunnelTableModel::Health::Bad:
        break;
    }
    return StatusLevel::Attention;
}

} // namespace

void TunnelStateDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    option->features |= QStyleOptionViewItem::HasDecoration;
    option->icon =
        levelIcon(levelOf(index.data(TunnelTableModel::HealthRole).value<TunnelTableModel::Health>()));
}

} // namespace frpx::gui
