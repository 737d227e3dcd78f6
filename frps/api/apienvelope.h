// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QDateTime>
#include <QJsonObject>
#include <QJsonValue>
#include <QString>

#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace frpx::server {

/// Wall-clock time in UTC, in the precision of the API.
using ApiTime = std::chrono::sys_time<std::chrono::microseconds>;
using ApiClock = std::function<ApiTime()>;

/// The clock of the system.
ApiTime systemApiTime();

/// Returns the next item of a list with each call, and nullopt at the end. A long list so costs little at a
/// time: it is made in parts, as fast as the receiver reads it, and each item shows the state at that moment.
using ApiItems = std::function<std::optional<QJsonValue>()>;

/// One answer, independent of the transport.
struct ApiResponse
{
    int status = 200;
    QByteArray body; ///< with items: the text before them
    std::vector<std::pair<QByteArray, QByteArray>> headers; ///< without Content-Length and Connection
    ApiItems items = {}; ///< null: the body is complete
    QByteArray tail = {}; ///< the text after the items
    bool isFirstItem = true; ///< no item has been moved yet

    /// Appends items to the body until it has \a size bytes or the list ends. At the end of the list the tail
    /// follows, items becomes null, and the body is complete.
    void addItems(qsizetype size);

    /// The first header called \a name (exact spelling), or nothing.
    QByteArray header(QByteArrayView name) const;
};

/// RFC 3339 in UTC with microseconds, such as 2025-07-29T17:55:48.826362Z.
QString apiTimestamp(ApiTime time);
QString apiTimestamp(const QDateTime &time);

/// The envelope of the API around \a data.
ApiResponse successResponse(const QJsonValue &data, ApiTime now);
/// The same around a list.
ApiResponse listResponse(ApiItems items, ApiTime now);
/// The same around \a data, in which the array called \a key is empty and gets \a items. No other key in it
/// ends with \a key.
ApiResponse listResponse(const QJsonObject &data, const QByteArray &key, ApiItems items, ApiTime now);
/// The envelope of the API around a failure; \a message is a sentence for a person.
ApiResponse failureResponse(int status, const QString &message, ApiTime now);

} // namespace frpx::server
