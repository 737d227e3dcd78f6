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

/// Wall-clock time in UTC, as fine as the API tells it.
using ApiTime = std::chrono::sys_time<std::chrono::microseconds>;
using ApiClock = std::function<ApiTime()>;

/// The clock of the machine.
ApiTime systemApiTime();

/// The items of a list, one with each call, and nothing at its end. So that a long list costs little at a
/// time: it is read bit by bit, as its receiver takes it, and shows each item as it is then.
using ApiItems = std::function<std::optional<QJsonValue>()>;

/// One answer, independent of how it travels.
struct ApiResponse
{
    int status = 200;
    QByteArray body; ///< with items: what stands before them
    std::vector<std::pair<QByteArray, QByteArray>> headers; ///< without Content-Length and Connection
    ApiItems items = {}; ///< null: the body is all there is
    QByteArray tail = {}; ///< what stands behind the items
    bool isFirstItem = true; ///< no item has been moved yet

    /// Moves items to the end of the body, until that has \a size bytes or the list ends. Then the tail
    /// follows, items is null, and the body is whole.
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
/// The envelope of the API around a failure; \a message is for the person who reads the answer.
ApiResponse failureResponse(int status, const QString &message, ApiTime now);

} // namespace frpx::server
