// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/portroutes.h"

#include "common/core/throttledlog.h"
#include "frps/ports/pluginmessages.h"
#include "frps/ports/portkeeper.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QUrlQuery>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr auto registrationsPath = "/port-registrations"_L1;
constexpr auto pingPath = "/ping"_L1;
constexpr auto leasesPath = "/api/ports/leases"_L1;
constexpr qint64 defaultPage = 100;
constexpr qint64 maxPage = 1000;
constexpr LogKind noPort{lcPorts};

bool isPath(const QByteArray &path, QLatin1StringView wanted)
{
    const QLatin1StringView asked(path);
    return asked == wanted
        || (asked.size() == wanted.size() + 1 && asked.startsWith(wanted) && asked.endsWith('/'_L1));
}

/// The segment after "/api/ports/leases/"; empty if it is not one whole segment.
QByteArray leaseId(const QByteArray &path)
{
    if (!QLatin1StringView(path).startsWith(leasesPath) || path.size() <= leasesPath.size() + 1
        || path.at(leasesPath.size()) != '/')
        return {};
    QByteArray id = path.sliced(leasesPath.size() + 1);
    if (id.endsWith('/'))
        id.chop(1);
    return id.contains('/') ? QByteArray() : id;
}

QJsonObject toJson(const Lease &lease)
{
    return {
        {u"id"_s, lease.id},
        {u"user"_s, lease.key.user},
        {u"account_id"_s, lease.key.account == 0 ? QJsonValue() : QJsonValue(lease.key.account)},
        {u"tunnel"_s, lease.key.tunnel},
        {u"protocol"_s, protocolName(lease.key.protocol)},
        {u"port"_s, lease.port},
        {u"imported"_s, lease.imported},
        {u"created_at"_s, apiTimestamp(ApiTime(std::chrono::milliseconds(lease.createdAtMs)))},
        {u"last_used_at"_s,
            lease.key.account == 0
                ? QJsonValue()
                : QJsonValue(apiTimestamp(ApiTime(std::chrono::milliseconds(lease.usedAtMs))))},
    };
}

/// The number called \a name in \a query; \a fallback if it is absent, nullopt if it is invalid.
std::optional<qint64> queryNumber(
    const QUrlQuery &query, const QString &name, qint64 fallback, qint64 min, qint64 max)
{
    if (!query.hasQueryItem(name))
        return fallback;
    bool isNumber = false;
    const qint64 value = query.queryItemValue(name).toLongLong(&isNumber);
    if (!isNumber || value < min || value > max)
        return std::nullopt;
    return value;
}

int statusOf(Errc code)
{
    return code == Errc::NotFound ? 404 : 503; // 503: the queue is full or the database fails
}

} // namespace

PortRoutes::PortRoutes(PortKeeper &keeper, ApiClock clock)
    : m_keeper(keeper)
    , m_clock(std::move(clock))
{ }

bool PortRoutes::owns(const QByteArray &path) const
{
    return isPath(path, registrationsPath) || isPath(path, pingPath) || isPath(path, leasesPath)
        || !leaseId(path).isEmpty();
}

void PortRoutes::answer(const ApiRequest &request, const ApiReply &reply)
{
    const bool registers = isPath(request.path, registrationsPath);
    const bool isLease = !leaseId(request.path).isEmpty();
    const QByteArray method = registers ? "POST"_ba : isLease ? "DELETE"_ba : "GET"_ba;
    const QByteArray allow = registers ? "OPTIONS, POST"_ba
        : isLease                      ? "DELETE, OPTIONS"_ba
                                       : "GET, HEAD, OPTIONS"_ba;
    if (request.method == "OPTIONS"_ba)
        return reply({204, {}, {{"Allow"_ba, allow}, {"Cache-Control"_ba, "no-store"_ba}}});
    if (request.method != method && !(method == "GET"_ba && request.method == "HEAD"_ba)) {
        ApiResponse response = failureResponse(405, u"This address does not offer that method"_s, m_clock());
        response.headers.emplace_back("Allow"_ba, allow);
        return reply(response);
    }
    // A browser lets any page send a simple POST and only hides the answer from it.
    if ((registers || isLease) && !request.origin.isEmpty())
        return reply(failureResponse(403, u"Web pages may not send this request"_s, m_clock()));
    if (registers)
        return registerPort(request, reply);
    if (isLease)
        return releaseLease(leaseId(request.path), reply);
    if (isPath(request.path, pingPath))
        return reply({200, "pong"_ba,
            {{"Content-Type"_ba, "text/plain; charset=utf-8"_ba}, {"Cache-Control"_ba, "no-store"_ba}}});
    reply(listLeases(request));
}

void PortRoutes::registerPort(const ApiRequest &request, const ApiReply &reply)
{
    auto read = readPluginRequest(request.body, request.query);
    if (const auto *response = std::get_if<ApiResponse>(&read))
        return reply(*response);
    const auto asked = std::get<PluginRequest>(std::move(read));
    m_keeper.lease(asked.key, asked.wanted, [this, asked, reply](const Result<quint16> &port) {
        if (port) {
            qCDebug(lcPorts).noquote() << "Proxy" << logSafe(asked.key.tunnel) << "has"
                                       << protocolName(asked.key.protocol) << "port" << *port;
            return reply(portAnswer(asked, *port));
        }
        logThrottled(noPort, // clients keep trying
            u"Proxy %1 gets no port: %2"_s.arg(logSafe(asked.key.tunnel), port.error().detail));
        reply(rejection(port.error().detail));
    });
}

ApiResponse PortRoutes::listLeases(const ApiRequest &request) const
{
    const QUrlQuery query(QString::fromLatin1(request.query));
    const auto after = queryNumber(query, u"after"_s, 0, 0, std::numeric_limits<qint64>::max());
    const auto limit = queryNumber(query, u"limit"_s, defaultPage, 1, maxPage);
    if (!after || !limit)
        return failureResponse(
            400, u"after takes the id of a lease, limit a number from 1 to %1"_s.arg(maxPage), m_clock());
    std::vector<Lease> page = m_keeper.leases(*after, *limit + 1);
    const bool isLast = static_cast<qint64>(page.size()) <= *limit;
    if (!isLast)
        page.pop_back();
    QJsonArray leases;
    for (const Lease &lease : page)
        leases.append(toJson(lease));
    return successResponse(
        QJsonObject{
            {u"allowed_ports"_s, m_keeper.allowed().toString()},
            {u"total"_s, static_cast<qint64>(m_keeper.count())},
            {u"max_per_account"_s,
                m_keeper.maxPerAccount() == 0 ? QJsonValue() : QJsonValue(m_keeper.maxPerAccount())},
            {u"given_up"_s, static_cast<qint64>(m_keeper.givenUp())},
            {u"leases"_s, leases},
            {u"next_after"_s, isLast ? QJsonValue(QJsonValue::Null) : QJsonValue(page.back().id)},
        },
        m_clock());
}

void PortRoutes::releaseLease(const QByteArray &id, const ApiReply &reply)
{
    bool isNumber = false;
    const qint64 number = id.toLongLong(&isNumber);
    if (!isNumber || number < 1)
        return reply(failureResponse(
            404, u"There is no port lease '%1'"_s.arg(logSafe(QString::fromLatin1(id))), m_clock()));
    m_keeper.release(number, [clock = m_clock, reply](const Result<Lease> &released) {
        if (!released)
            return reply(failureResponse(statusOf(released.error().code), released.error().detail, clock()));
        qCInfo(lcPorts).noquote() << protocolName(released->key.protocol) << "port" << released->port << "of"
                                  << logSafe(released->key.tunnel) << "is free again";
        reply(successResponse(toJson(*released), clock()));
    });
}

} // namespace frpx::server
