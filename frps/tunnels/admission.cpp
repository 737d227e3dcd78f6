// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tunnels/admission.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "frps/frontend/workhandoff.h"
#include "frps/tls/publictls.h"
#include "frps/tunnels/tunnelobserver.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind noClient{lcPublic, QtInfoMsg};
constexpr LogKind tooManyWait{lcPublic};

void addRefused(VisitorCounters &counters, const AccessCounters &access)
{
    counters.denied += access.denied;
    counters.overLimit += access.overLimit;
    counters.failed += access.badHeader;
    counters.accepted += access.denied + access.overLimit + access.badHeader;
}

} // namespace

Admission::Admission(AdmissionSettings settings, const QHostAddress &address, TunnelRegistry &tunnels,
    Dispatcher &dispatcher, RelayPool &relays, QObject *parent)
    : QObject(parent)
    , m_settings(std::move(settings))
    , m_address(address)
    , m_tunnels(tunnels)
    , m_dispatcher(dispatcher)
    , m_relays(relays)
    , m_tlsTerminator(m_settings.tlsTerminator, relays,
          [this](VisitorConnection visitor) { onSecured(std::move(visitor)); })
    , m_unserved(relays)
{ }

Admission::~Admission() = default;

Result<quint16> Admission::open(Tunnel &tunnel, quint16 port)
{
    const TunnelId id = tunnel.id;
    auto frontend = std::make_unique<TcpFrontend>(m_settings.accessRules, m_settings.acceptBelow,
        [this, id](VisitorConnection visitor) { onVisitor(id, std::move(visitor)); });
    const Result<quint16> listening = frontend->listen(m_address, port);
    if (!listening)
        return listening;
    tunnel.backends = std::make_shared<BackendPool>(tunnel.spec.name,
        policyFromName(tunnel.spec.policy).value_or(m_settings.policy), m_settings.outliers);
    tunnel.frontend = std::move(frontend);
    // Called in any thread; the limiter resets it before it is destroyed.
    tunnel.limiter.counter()->setWaker([this, id] {
        QMetaObject::invokeMethod(
            this, [this, id] { admitWaiting(id); }, Qt::QueuedConnection);
    });
    m_tunnels.setOpen(tunnel, *listening);
    return listening;
}

void Admission::close(std::unique_ptr<Tunnel> tunnel, bool cutConnections)
{
    if (tunnel->isOpen()) {
        tunnel->frontend->stopListening();
        tunnel->backends->close();
        addRefused(m_counters, tunnel->frontend->access().counters());
        dropWaiting(*tunnel);
        if (cutConnections)
            m_relays.cut(tunnel->limiter.counter());
    }
    m_closed.push_back(std::move(tunnel));
}

void Admission::stopListening()
{
    for (const TunnelId id : m_tunnels.open())
        m_tunnels.find(id)->frontend->stopListening();
}

void Admission::acceptLast()
{
    for (const TunnelId id : m_tunnels.open()) {
        if (Tunnel *tunnel = m_tunnels.find(id)) // a broken link may have closed it meanwhile
            tunnel->frontend->acceptLast();
    }
}

void Admission::setAccessRules(const AccessRules &rules)
{
    m_settings.accessRules = rules;
    for (const TunnelId id : m_tunnels.open())
        m_tunnels.find(id)->frontend->access().setSettings(rules);
}

std::shared_ptr<const TlsServerContext> Admission::tlsOf(const Tunnel &tunnel) const
{
    return m_tls ? m_tls->contextFor(tunnel.isOfServer(), tunnel.port) : nullptr;
}

void Admission::onVisitor(TunnelId id, VisitorConnection visitor)
{
    Tunnel *tunnel = m_tunnels.find(id);
    if (!tunnel)
        return; // closed while the PROXY header was awaited
    ++m_counters.accepted;
    visitor.tunnel = id;
    visitor.loop = m_relays.nextIndex();
    if (const std::shared_ptr<const TlsServerContext> context = tlsOf(*tunnel))
        return m_tlsTerminator.receive(std::move(visitor), context);
    place(*tunnel, std::move(visitor));
}

/// The TLS handshake of the visitor is done.
void Admission::onSecured(VisitorConnection visitor)
{
    Tunnel *tunnel = m_tunnels.find(visitor.tunnel);
    if (!tunnel || tunnel->limiter.isExhausted()) { // closed or exhausted meanwhile
        ++m_counters.failed;
        return;
    }
    place(*tunnel, std::move(visitor));
}

void Admission::place(Tunnel &tunnel, VisitorConnection visitor)
{
    if (!tunnel.backends->canServe()) {
        ++m_counters.noClient;
        logThrottled(noClient, u"No client can serve a new connection; it is answered and closed."_s);
        return m_unserved.answer(std::move(visitor));
    }
    if (pending() >= m_settings.maxPending) {
        ++m_counters.failed;
        logThrottled(tooManyWait, u"Too many visitors are waiting; a new connection is closed."_s);
        return m_unserved.answer(std::move(visitor));
    }
    if (tunnel.waiting.empty() && tunnel.limiter.hasRoom())
        return admit(tunnel, std::move(visitor));
    visitor.giveUpAt = steadyMs() + m_dispatcher.state().limits.pendingTimeoutMs;
    visitor.queuedId = u"queued-%1"_s.arg(++m_lastQueued);
    if (tunnel.wait(visitor)) {
        ++m_queued;
    } else {
        ++m_counters.failed;
        qCDebug(lcPublic).noquote() << u"Tunnel '%1' is full; a new connection is closed."_s.arg(
            logSafe(tunnel.spec.name));
        m_unserved.answer(std::move(visitor));
    }
}

/// There is room for the visitor, and a client to serve it.
void Admission::admit(Tunnel &tunnel, VisitorConnection visitor)
{
    if (m_observer && isRefusedByObserver(visitor))
        return;
    visitor.lease = tunnel.limiter.admit(std::move(visitor.lease));
    if (tunnel.limiter.isExhausted()) {
        tunnel.frontend->stopListening(); // for ever: a visitor that leaves does not open it again
        dropWaiting(tunnel);
        tunnel.limiter.counter()->wakeOnLeave();
    }
    WorkHandoff::Job job;
    job.request.pool = tunnel.backends;
    if (!tunnel.isOfServer())
        job.request.tunnel = tunnel.spec.name;
    job.request.giveUpAt = steadyMs() + m_dispatcher.state().limits.pendingTimeoutMs;
    job.state = &m_dispatcher.state();
    job.unserved = [this](VisitorConnection unserved) { m_unserved.answer(std::move(unserved)); };
    const size_t loopIndex = visitor.loop;
    job.visitor = std::move(visitor);
    m_relays.handOver(loopIndex,
        [job = std::move(job)](IoLoop &loop) mutable { WorkHandoff::start(loop, std::move(job)); });
}

bool Admission::isRefusedByObserver(VisitorConnection &visitor)
{
    TunnelObserver::Verdict verdict = m_observer->onVisitor(visitor.tunnel, endsOf(visitor));
    if (!verdict.admitted) {
        ++m_counters.denied;
        return true;
    }
    if (verdict.watch) { // the observer lives as long as the place
        using Both = std::pair<std::shared_ptr<void>, std::shared_ptr<ConnectionObserver>>;
        visitor.watch = verdict.watch;
        visitor.lease = std::make_shared<Both>(std::move(visitor.lease), std::move(verdict.watch));
    }
    return false;
}

/// A connection to the tunnel has ended.
void Admission::admitWaiting(TunnelId id)
{
    while (Tunnel *tunnel = m_tunnels.find(id)) {
        if (tunnel->limiter.isExhausted()) {
            if (tunnel->limiter.online() == 0)
                return Q_EMIT servedAll(id);
            tunnel->limiter.counter()->wakeOnLeave();
            return;
        }
        if (tunnel->waiting.empty())
            return;
        if (!tunnel->limiter.hasRoom()) {
            tunnel->limiter.counter()->wakeOnLeave();
            return;
        }
        VisitorConnection visitor = *tunnel->takeWaiting();
        --m_queued;
        if (net::isBroken(visitor.fd.get()))
            continue;
        if (!tunnel->backends->canServe()) {
            ++m_counters.noClient;
            m_unserved.answer(std::move(visitor));
            continue;
        }
        admit(*tunnel, std::move(visitor));
    }
}

/// Closes the visitors that wait for a place.
void Admission::dropWaiting(Tunnel &tunnel)
{
    m_queued -= static_cast<qsizetype>(tunnel.waiting.size());
    m_counters.failed += tunnel.waiting.size();
    tunnel.waiting.clear();
}

void Admission::sweep()
{
    const qint64 now = steadyMs();
    m_closed.clear();
    m_tlsTerminator.sweep(now);
    for (const TunnelId id : m_tunnels.open()) {
        if (Tunnel *tunnel = m_tunnels.find(id)) // a receiver of servedAll() may have closed it
            sweepTunnel(*tunnel, now);
    }
}

void Admission::sweepTunnel(Tunnel &tunnel, qint64 now)
{
    tunnel.frontend->access().sweep(now);
    tunnel.backends->sweep(now);
    for (VisitorConnection &visitor : tunnel.takeLate(now)) {
        --m_queued;
        ++m_counters.timedOut;
        qCDebug(lcPublic).noquote() << u"A visitor of tunnel '%1' is closed: there was no place in time."_s
                                           .arg(logSafe(tunnel.spec.name));
        m_unserved.answer(std::move(visitor));
    }
    admitWaiting(tunnel.id); // last: it may close the port
}

VisitorCounters Admission::counters() const
{
    VisitorCounters counters = m_counters;
    const DispatchStats::Counters dispatched = m_dispatcher.state().stats.counters();
    counters.paired = dispatched.served;
    counters.noClient += dispatched.noClient;
    counters.timedOut += dispatched.timedOut;
    counters.failed += dispatched.failed;
    counters.tlsFailed = m_tlsTerminator.failed();
    for (const TunnelId id : m_tunnels.open())
        addRefused(counters, m_tunnels.find(id)->frontend->access().counters());
    return counters;
}

qsizetype Admission::waiting() const
{
    qsizetype visitors = m_queued + m_tlsTerminator.waiting();
    for (const TunnelId id : m_tunnels.open())
        visitors += m_tunnels.find(id)->frontend->access().waiting();
    return visitors;
}

QStringList Admission::pendingIds() const
{
    QStringList ids = m_dispatcher.state().stats.ids();
    for (const TunnelId id : m_tunnels.open()) {
        for (const VisitorConnection &visitor : m_tunnels.find(id)->waiting)
            ids += visitor.queuedId;
    }
    return ids;
}

} // namespace frpx::server
