// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QByteArray>
#include <QString>

#include <optional>
#include <vector>

namespace frpx::server {

/// One client as `frps --monitor` shows it.
struct MonitorRow
{
    struct Usage
    {
        double cpu = 0; ///< percent
        double memory = 0; ///< percent
        double disk = 0; ///< percent
        qint64 heartbeatSecondsAgo = 0;
    };

    QString clientId;
    std::optional<Usage> usage; ///< absent before the client's first report
    std::optional<qint64> openConnections; ///< absent in the answer of an original server
    std::optional<qint64> totalConnections;
    std::optional<bool> healthy; ///< likewise
    bool draining = false;
    QString warning = {}; ///< the warning of a healthy service; may be empty
};

/// Parses the answer to `GET /api/clients`. Errc::BadJson or Errc::BadField if it does not come from a frps.
Result<std::vector<MonitorRow>> parseMonitorRows(const QByteArray &answer);

/// The table, a line feed after each line; or a sentence if there is no client.
QString formatMonitorTable(const std::vector<MonitorRow> &rows);

/// The number of columns that \a text takes on a terminal: two for wide characters, none for combining marks.
qsizetype displayWidth(const QString &text);

} // namespace frpx::server
