// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/tunneltablemodel.h"

#include "common/net/hostaddress.h"
#include "frpc-gui/model/format.h"
#include "frpc-gui/model/statustext.h"

#include <QLocale>
#include <QTextDocument>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace { } // namespace

void TunnelTableModel::setProfile(const Profile &profile)
{
    std::vector<Row> rows;
    const auto add = [&](const QString &name, const QString &local) {
        Row row;
        const int known = rowOf(name);
        if (known >= 0)
            row = m_rows.at(size_t(known));
        row.name = name;
        row.local = local;
        row.paused = profile.isPaused(name);
        row.status.name = name;
        rows.push_back(row);
    };
    if (profile.servesDefaultTunnel())
        add({},
            net::hostWithPort(
                profile.setting(u"local-addr"_s), quint16(profile.setting(u"local-port"_s).toUInt())));
    for (const TunnelSpec &spec : profile.tunnels)
        add(spec.name, net::hostWithPort(spec.localHost, spec.localPort));
    m_host = profile.serverHost();
    const bool sameNames = std::equal(rows.begin(), rows.end(), m_rows.begin(), m_rows.end(),
        [](const Row &a, const Row &b) { return a.name == b.name; });
    if (sameNames) { // a reset would clear the selection
        m_rows = std::move(rows);
        if (!m_rows.empty())
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

void TunnelTableModel::setStatus(const QList<TunnelStatus> &tunnels)
{
    for (Row &row : m_rows) {
        const auto found = std::find_if(tunnels.begin(), tunnels.end(),
            [&row](const TunnelStatus &tunnel) { return tunnel.name == row.name; });
        row.status = found == tunnels.end() ? TunnelStatus() : *found;
        row.status.name = row.name;
    }
    if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void TunnelTableModel::setTraffic(const TrafficSample &sample)
{
    for (size_t i = 0; i < m_rows.size(); ++i) {
        Row &row = m_rows[i];
        const TunnelTraffic traffic = sample.value(row.name);
        const auto figures = [](const TunnelTraffic &t) {
            return std::tie(t.open, t.total, t.toService, t.toVisitor);
        };
        if (figures(traffic) == figures(row.traffic))
            continue;
        row.traffic = traffic;
        Q_EMIT dataChanged(index(int(i), OpenCount), index(int(i), Bytes));
    }
}

QString TunnelTableModel::publicAddress(int row) const
{
    const TunnelStatus &status = m_rows.at(size_t(row)).status;
    const bool isKnown = status.phase == TunnelStatus::Phase::Open && status.port != 0;
    return isKnown ? net::hostWithPort(m_host, status.port) : QString();
}

TunnelTableModel::Health TunnelTableModel::health(int row) const
{
    const Row &tunnel = m_rows.at(size_t(row));
    if (tunnel.paused)
        return Health::Paused;
    if (tunnel.status.serviceAnswers == false || tunnel.status.phase == TunnelStatus::Phase::Refused)
        return Health::Bad;
    if (!tunnel.status.serviceWarning.isEmpty())
        return Health::Unknown; // it answers, but may refuse requests through the tunnel
    return tunnel.status.phase == TunnelStatus::Phase::Open ? Health::Good : Health::Unknown;
}

int TunnelTableModel::rowOf(const QString &name) const
{
    for (size_t i = 0; i < m_rows.size(); ++i) {
        if (m_rows[i].name == name)
            return int(i);
    }
    return -1;
}

int TunnelTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int TunnelTableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString TunnelTableModel::stateText(const Row &row)
{
    return row.paused ? tr("paused") : phaseText(row.status);
}

QString TunnelTableModel::text(const Row &row, int column, int index) const
{
    const QLocale locale;
    switch (column) {
    case Name:
        return row.name.isEmpty() ? tr("(default)", "the default tunnel") : row.name;
    case PublicAddress:
        return publicAddress(index);
    case LocalAddress:
        return row.local;
    case OpenCount:
        return locale.toString(row.traffic.open);
    case Total:
        return locale.toString(row.traffic.total);
    case Bytes:
        return tr("↓ %1  ↑ %2", "received, sent")
            .arg(bytesText(row.traffic.toService), bytesText(row.traffic.toVisitor));
    case State:
        return stateText(row);
    default:
        return {};
    }
}

QVariant TunnelTableModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Row &row = m_rows.at(size_t(index.row()));
    switch (role) {
    case Qt::ToolTipRole: // server texts are not markup
        return Qt::convertFromPlainText(text(row, index.column(), index.row()));
    case Qt::DisplayRole:
        return text(row, index.column(), index.row());
    case Qt::AccessibleTextRole:
        return u"%1: %2"_s.arg(headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString(),
            text(row, index.column(), index.row()));
    case Qt::TextAlignmentRole:
        return index.column() == OpenCount || index.column() == Total
            ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
            : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    case NameRole:
        return row.name;
    case HealthRole:
        return QVariant::fromValue(health(index.row()));
    case SortRole:
        if (index.column() == OpenCount)
            return row.traffic.open;
        if (index.column() == Total)
            return row.traffic.total;
        if (index.column() == Bytes)
            return row.traffic.toService + row.traffic.toVisitor;
        return text(row, index.column(), index.row());
    default:
        return {};
    }
}

QVariant TunnelTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return QAbstractTableModel::headerData(section, orientation, role);
    switch (section) {
    case Name:
        return tr("Name");
    case PublicAddress:
        return tr("Public address");
    case LocalAddress:
        return tr("Local address");
    case OpenCount:
        return tr("Open");
    case Total:
        return tr("Total");
    case Bytes:
        return tr("Bytes");
    case State:
        return tr("State");
    default:
        return {};
    }
}

} // namespace frpx::gui
