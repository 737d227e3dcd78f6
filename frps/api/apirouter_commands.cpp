// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// The routes of ApiRouter that change something in the server.

#include "frps/api/apirouter.h"
#include "frps/api/servercommands.h"
#include "frps/api/serverview.h"
#include "frps/api/tunnelroutes.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QUrlQuery>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr qint64 defaultRetryAfterS = 5;
constexpr qint64 maxRetryAfterS = 24 * 3600; // as in the message Disconnect

/// Reads it from the query, or from a body that is a JSON object; nullopt if the value is invalid.
std::optional<int> retryAfter(const ApiRequest &request)
{
    qint64 seconds = defaultRetryAfterS;
    if (!request.body.trimmed().isEmpty()) {
        const QJsonDocument document = QJsonDocument::fromJson(request.body);
        const QJsonValue value = document.object().value("retry_after_s"_L1);
        if (!document.isObject() || (!value.isUndefined() && value.toInteger(-1) < 0))
            return std::nullopt;
        seconds = value.toInteger(defaultRetryAfterS);
    }
    const QUrlQuery query(QString::fromLatin1(request.query));
    if (query.hasQueryItem(u"retry_after_s"_s)) {
        bool isNumber = false;
        seconds = query.queryItemValue(u"retry_after_s"_s).toLongLong(&isNumber);
        if (!isNumber)
            return std::nullopt;
    }
    if (seconds < 0 || seconds > maxRetryAfterS)
        return std::nullopt;
    return static_cast<int>(seconds);
}

} // namespace

ApiResponse ApiRouter::disconnectClient(const ApiRequest &request, const QString &id, ApiTime now) const
{
    const std::optional<int> seconds = retryAfter(request);
    if (!seconds) {
        return failureResponse(
            400, u"retry_after_s takes a number of seconds from 0 to %1"_s.arg(maxRetryAfterS), now);
    }
    if (!m_commands.disconnectClient(id, *seconds))
        return failureResponse(404, unknownClient(id), now);
    return successResponse(QJsonObject{{u"client_id"_s, id}, {u"action"_s, u"disconnected"_s}}, now);
}

ApiResponse ApiRouter::drainClient(const ApiRequest & /*request*/, const QString &id, ApiTime now) const
{
    return setDrained(id, true, now);
}

ApiResponse ApiRouter::undrainClient(const ApiRequest & /*request*/, const QString &id, ApiTime now) const
{
    return setDrained(id, false, now);
}

ApiResponse ApiRouter::setDrained(const QString &id, bool drained, ApiTime now) const
{
    if (!m_commands.setDrained(id, drained))
        return failureResponse(404, unknownClient(id), now);
    // Nullopt: the client is not connected, and is no longer drained.
    const std::optional<ClientView> client = m_view.client(id);
    return successResponse(
        QJsonObject{
            {u"client_id"_s, id},
            {u"draining"_s, client && client->draining},
            {u"open_connections"_s, client ? client->openConnections : 0},
        },
        now);
}

ApiResponse ApiRouter::changeTunnel(const ApiRequest &request, const QString &id, ApiTime now) const
{
    return tunnelChanged(m_view, m_commands, id, request.body, now);
}

ApiResponse ApiRouter::deleteTunnel(const ApiRequest & /*request*/, const QString &id, ApiTime now) const
{
    return tunnelDeleted(m_view, m_commands, id, now);
}

} // namespace frpx::server
