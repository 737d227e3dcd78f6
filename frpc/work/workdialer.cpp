// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/workdialer.h"

#include "common/core/clock.h"
#include "common/net/sockets.h"
#include "common/protocol/messages.h"
#include "common/relay/relayhandler.h"
#include "frpc/work/logkinds.h"
#include "frpc/work/tlsdial.h"

#include <array>

using namespace Qt::StringLiterals;

namespace frpx::client {

/// After the server has accepted the connection, other handshakes may be queued before this one. The same
/// time as a visitor waits by default.
constexpr qint64 securingTimeoutMs = 10'000;
constexpr int sweepIntervalMs = 250;
constexpr size_t maxDials = 8192;

namespace {

/// The relay of a plain connection whose service is watched for silence.
class WatchedRelay : public RelayHandler
{
public:
    static void start(IoLoop &loop, RelayJob job, AnswerWatch watch)
    {
        const std::array<int, 2> fds{job.visitor.get(), job.service.get()};
        auto owned = std::make_unique<WatchedRelay>(loop, std::move(watch));
        WatchedRelay *relay = owned.get();
        job.totals = relay->m_watch.begin();
        relay->startRelay(std::move(job));
        loop.adopt(std::move(owned));
        // watch() reports the current readiness, which starts the relay.
        if (!loop.watch(relay, 0, fds[0]) || !loop.watch(relay, 1, fds[1]))
            loop.finish(relay);
    }

    WatchedRelay(IoLoop &loop, AnswerWatch watch)
        : RelayHandler(loop)
        , m_watch(std::move(watch))
    { }

    void onInspection(const SilenceLimits &limits) override
    {
        m_watch.inspect(loop().nowMs());
        RelayHandler::onInspection(limits);
    }

private:
    AnswerWatch m_watch;
};

} // namespace

WorkDialer::WorkDialer(
    RelayPool &relays, std::shared_ptr<ServiceMap> services, qint64 timeoutMs, QObject *parent)
    : QObject(parent)
    , m_relays(relays)
    , m_services(std::move(services))
    , m_timeoutMs(timeoutMs)
{
    m_sweeper.setInterval(sweepIntervalMs);
    connect(&m_sweeper, &QTimer::timeout, this, &WorkDialer::sweep);
}

WorkDialer::~WorkDialer() = default;

void WorkDialer::dial(const QString &proxyConnId, const std::optional<proto::VisitorAddress> &visitor,
    const std::optional<QString> &tunnel)
{
    if (m_dials.size() >= maxDials)
        return Q_EMIT dialFailed(proxyConnId, u"too many connections are being dialled"_s);
    const std::optional<TunnelTarget> target = m_services->find(tunnel.value_or(QString()));
    if (!target)
        return Q_EMIT dialFailed(proxyConnId, u"the tunnel is closed"_s);
    const quint64 key = ++m_lastKey;
    const auto it = m_dials.emplace(key, Dial{}).first;
    Dial &dial = it->second;
    dial.proxyConnId = proxyConnId;
    dial.tunnel = tunnel.value_or(QString());
    dial.target = target->service;
    dial.header = target->greeting
        + proxyproto::encode(target->proxyProtocol.value_or(m_proxyProtocol), proxyproto::headerOf(visitor));
    dial.meter = target->meter ? target->meter : m_meter;
    dial.deadlineMs = steadyMs() + m_timeoutMs;
    if (!m_sweeper.isActive())
        m_sweeper.start();

    net::DialTarget server;
    server.addresses = {m_route.endpoint.address};
    server.port = m_route.endpoint.port;
    dial.serverRace = makeRace(key, &Dial::server);
    dial.serviceRace = makeRace(key, &Dial::service);
    dial.serverRace->start(server);
    dial.serviceRace->start(dial.target);
}

std::unique_ptr<net::ConnectRace> WorkDialer::makeRace(quint64 key, UniqueFd Dial::*which)
{
    auto race = std::make_unique<net::ConnectRace>();
    connect(race.get(), &net::ConnectRace::connected, this, [this, key, which] { onConnected(key, which); });
    connect(race.get(), &net::ConnectRace::failed, this,
        [this, key, which](const Error &error) { onFailed(key, which, error.detail); });
    return race;
}

void WorkDialer::onConnected(quint64 key, UniqueFd Dial::*which)
{
    const auto it = m_dials.find(key);
    if (it == m_dials.end())
        return;
    Dial &dial = it->second;
    const bool isService = which == &Dial::service;
    std::unique_ptr<net::ConnectRace> &race = isService ? dial.serviceRace : dial.serverRace;
    dial.*which = race->takeFd();
    net::prepareStream((dial.*which).get());
    if (isService && race->winner() > 0)
        m_services->prefer(dial.tunnel, dial.target.addresses.at(static_cast<qsizetype>(race->winner())));
    race.release()->deleteLater(); // it is the sender
    if (dial.server && (dial.service || dial.serviceFailed))
        complete(it);
}

void WorkDialer::onFailed(quint64 key, UniqueFd Dial::*which, const QString &reason)
{
    const auto it = m_dials.find(key);
    if (it == m_dials.end())
        return;
    if (which == &Dial::server)
        fail(it, u"the server's proxy port: "_s + reason);
    else
        failService(it, reason);
}

void WorkDialer::complete(Dials::iterator it)
{
    Dial &dial = it->second;
    const bool needsMore = m_route.tls || m_route.proxy;
    QByteArray introduction = proto::encodeFrame(proto::NewProxyConn{dial.proxyConnId});
    if (needsMore && !dial.serviceFailed) {
        handOver(dial, std::move(introduction));
    } else if (needsMore) {
        // Closed instead: a server with TLS supports failures, unless it is just leaving.
    } else if (dial.serviceFailed) {
        net::sendWhole(dial.server.get(), introduction); // and close: the visitor is closed at once
    } else {
        RelayJob job{
            std::move(dial.server), std::move(dial.service), std::move(dial.header), std::move(dial.meter)};
        // Sent here and not by the relay: it always fits into a new connection, and is sent now.
        if (!net::sendWhole(job.visitor.get(), introduction)) {
            // The server has closed the connection, and with it the visitor's.
        } else if (!m_silentService) {
            m_relays.adopt(std::move(job));
        } else {
            m_relays.nextLoop().post([job = std::move(job), watch = watchFor(dial)](IoLoop &loop) mutable {
                WatchedRelay::start(loop, std::move(job), std::move(watch));
            });
        }
    }
    discard(it);
}

/// Gives the rest of the work, with the proxy and TLS, to a loop.
void WorkDialer::handOver(Dial &dial, QByteArray introduction)
{
    TlsDial::Job job;
    job.relay = {
        std::move(dial.server), std::move(dial.service), std::move(dial.header), std::move(dial.meter)};
    job.proxy = m_route.proxy;
    if (m_route.tls && !(job.tls = m_route.tls->connect()))
        return;
    job.introduction = std::move(introduction);
    job.watch = watchFor(dial);
    job.deadlineMs = dial.deadlineMs - m_timeoutMs + securingTimeoutMs;
    // Called in the loop's thread.
    job.failed = [this, id = dial.proxyConnId](const QString &why) {
        QMetaObject::invokeMethod(
            this,
            [this, id, why] {
                logThrottled(cannotServe, u"Cannot serve a connection: "_s + why);
                Q_EMIT dialFailed(id, why);
            },
            Qt::QueuedConnection);
    };
    m_relays.nextLoop().post(
        [job = std::move(job)](IoLoop &loop) mutable { TlsDial::start(loop, std::move(job)); });
}

void WorkDialer::failService(Dials::iterator it, const QString &reason)
{
    const QString what = u"the local service %1: %2"_s.arg(logSafe(it->second.target.name, 300), reason);
    if (m_serverTakesFailures)
        return fail(it, what, it->second.target.name);
    logThrottled(cannotServe, u"Cannot serve a connection: "_s + what, it->second.target.name);
    Q_EMIT serviceFailed();
    it->second.serviceFailed = true;
    if (it->second.server)
        complete(it);
}

void WorkDialer::fail(Dials::iterator it, const QString &reason, const QString &service)
{
    logThrottled(cannotServe, u"Cannot serve a connection: "_s + reason, service);
    const QString id = it->second.proxyConnId;
    discard(it);
    Q_EMIT dialFailed(id, reason);
}

void WorkDialer::discard(Dials::iterator it)
{
    for (std::unique_ptr<net::ConnectRace> *race : {&it->second.serverRace, &it->second.serviceRace}) {
        if (!*race)
            continue;
        (*race)->abort();
        (*race)->disconnect(this);
        race->release()->deleteLater(); // it may be the sender
    }
    m_dials.erase(it);
    if (m_dials.empty())
        m_sweeper.stop();
}

void WorkDialer::abortAll()
{
    while (!m_dials.empty())
        discard(m_dials.begin());
}

void WorkDialer::sweep()
{
    const qint64 now = steadyMs();
    std::vector<quint64> late;
    for (const auto &[key, dial] : m_dials) {
        if (dial.deadlineMs <= now)
            late.push_back(key);
    }
    for (const quint64 key : late) {
        const auto it = m_dials.find(key);
        if (it == m_dials.end())
            continue;
        if (it->second.server)
            failService(it, u"it does not answer"_s);
        else
            fail(it, u"the server's proxy port does not answer"_s);
    }
}

} // namespace frpx::client
