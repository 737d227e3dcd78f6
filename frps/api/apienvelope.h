// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QJsonValue>
#include <QString>

#include <chrono>
#include <functional>
#include <utility>
#include <vector>

namespace frpx::server {

/// Wall-clock time in UTC, as fine as the API tells it.
using ApiTime = std::chrono::sys_time<std::chrono::microseconds>;
using ApiClock = std::function<ApiTime()>;

/// The clock of the machine.
ApiTime systemApiTime();

/// One answer, independent of how it travels.
struct ApiResponse
{
    int status = 200;
    QByteArray body;
    std::vector<std::pair<QByteArray, QByteArray>> headers; ///< without Content-Length and Connection

    /// The first header called \a name (exact spelling), or nothing.
    QByteArray header(QByteArrayView name) const;
};

/// RFC 3339 in UTC with microseconds, such as 2025-07-29T17:55:48.826362Z.
QString apiTimestamp(ApiTime time);
QString apiTimestamp(const QDateTime &time);

/// The envelope of the API around \a data.
ApiResponse successResponse(const QJsonValue &data, ApiTime now);
/// The envelope of the API around a failure; \a message is for the person who reads the answer.
ApiResponse failureResponse(int status, const QString &message, ApiTime now);

} // namespace frpx::server
