// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/profile.h"
#include "frpc-gui/model/sessionstatus.h"

#include <QAbstractTableModel>

namespace frpx::gui {

/// The tunnels of one profile with their state and traffic. The default tunnel, if the profile serves it, is
/// the first row and has an empty name.
class TunnelTableModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column { Name, PublicAddress, LocalAddress, OpenCount, Total, Bytes, State, ColumnCount };
    enum Role {
        SortRole = Qt::UserRole, ///< numbers as numbers
        NameRole, ///< the tunnel's own name
        HealthRole, ///< a Health
    };
    enum class Health { Good, Unknown, Paused, Bad };
    Q_ENUM(Health)

    using QAbstractTableModel::QAbstractTableModel;

    void setProfile(const Profile &profile);
    void setStatus(const QList<TunnelStatus> &tunnels);
    void setTraffic(const TrafficSample &sample);

    /// "host:port" where the visitors of the tunnel in \a row connect; empty while the port is unknown.
    QString publicAddress(int row) const;
    /// The name of the tunnel; empty for the default tunnel.
    QString nameAt(int row) const { return m_rows.at(size_t(row)).name; }
    bool isPaused(int row) const { return m_rows.at(size_t(row)).paused; }
    Health health(int row) const;
    int rowOf(const QString &name) const; ///< -1: no such row

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        QString name;
        QString local;
        bool paused = false;
        TunnelStatus status;
        TunnelTraffic traffic;
    };

    QString text(const Row &row, int column, int index) const;
    static QString stateText(const Row &row);

    QString m_host;
    std::vector<Row> m_rows;
};

} // namespace frpx::gui
