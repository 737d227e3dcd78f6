// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// The part of Dispatcher that opens and closes ports, and enforces their limits.

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "frps/clients/clientregistry.h"
#include "frps/dispatch/dispatcher.h"
#include "frps/tls/publictls.h"
#include "frps/tunnels/tunnelobserver.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

TcpFrontend *Dispatcher::find(TunnelId tunnel)
{
    if (tunnel == TunnelId{})
        return &m_default;
    const auto it = m_ports.find(static_cast<quint64>(tunnel));
    return it == m_ports.end() ? nullptr : it->second.get();
}

const TcpFrontend *Dispatcher::port(TunnelId tunnel) const
{
    return const_cast<Dispatcher *>(this)->find(tunnel);
}

std::shared_ptr<const TlsServerContext> Dispatcher::tlsOf(const TcpFrontend &port) const
{
    return m_tls ? m_tls->contextFor(port.isDefault(), port.backends().port()) : nullptr;
}

/// The TLS handshake of the visitor is done.
void Dispatcher::onSecured(PendingConnection ticket)
{
    TcpFrontend *port = find(ticket.tunnel);
    if (!port || (!port->isDefault() && port->gate().isExhausted())) { // closed or exhausted meanwhile
        ++m_counters.failed;
        return;
    }
    place(*port, std::move(ticket));
}

Result<quint16> Dispatcher::listen(const QHostAddress &address, quint16 port)
{
    m_address = address;
    return m_default.listen(address, port);
}

void Dispatcher::stopListening()
{
    m_default.stopListening();
    for (const auto &[id, port] : m_ports)
        port->stopListening();
}

void Dispatcher::acceptLast()
{
    m_default.acceptLast();
    std::vector<TunnelId> tunnels;
    for (const auto &[id, port] : m_ports)
        tunnels.push_back(port->id());
    for (const TunnelId tunnel : tunnels) {
        if (TcpFrontend *port = find(tunnel)) // a broken link may have closed it meanwhile
            port->acceptLast();
    }
}

Result<TunnelId> Dispatcher::openPort(PortSettings settings)
{
    const auto id = TunnelId{m_lastTunnel + 1};
    TcpFrontend::Settings made;
    made.id = id;
    made.spec = std::move(settings.spec);
    made.accessRules = m_limits.accessRules;
    made.policy = policyFromName(made.spec.policy).value_or(m_limits.policy);
    made.outliers = m_limits.outliers;
    made.account = std::move(settings.account);
    made.accountLimit = settings.accountLimit;
    made.acceptBelow = m_limits.acceptBelow;
    const quint16 wanted = made.spec.remotePort;
    auto port = std::make_unique<TcpFrontend>(std::move(made),
        [this](TcpFrontend &from, PendingConnection ticket) { onVisitor(from, std::move(ticket)); });
    if (const Result<quint16> listening = port->listen(m_address, wanted); !listening)
        return listening.error();
    port->gate().setAdmitted(settings.admitted);
    // Called in any thread; the limiter resets it before it is destroyed.
    port->gate().counter()->setWaker([this, id] {
        QMetaObject::invokeMethod(
            this, [this, id] { admitWaiting(id); }, Qt::QueuedConnection);
    });
    ++m_lastTunnel;
    m_ports.emplace(static_cast<quint64>(id), std::move(port));
    return id;
}

void Dispatcher::closePort(TunnelId tunnel, bool cutConnections)
{
    auto node = m_ports.extract(static_cast<quint64>(tunnel));
    if (!node)
        return;
    TcpFrontend &port = *node.mapped();
    port.stopListening();
    for (auto it = m_joined.begin(); it != m_joined.end();) {
        std::erase(it->second, tunnel);
        it = it->second.empty() ? m_joined.erase(it) : std::next(it);
    }
    const AccessCounters access = port.access().counters();
    m_counters.denied += access.denied;
    m_counters.overLimit += access.overLimit;
    m_counters.failed += access.badHeader + port.waiting();
    m_counters.accepted += access.denied + access.overLimit + access.badHeader;
    m_waiting -= static_cast<qsizetype>(port.waiting());
    while (port.takeWaiting())
        ;
    if (cutConnections) {
        std::vector<PendingConnection> visitors = m_pending.takeOf(tunnel);
        m_counters.failed += visitors.size();
        m_relays.cut(port.gate().counter());
    }
    m_closed.push_back(std::move(node.mapped()));
}

void Dispatcher::join(TunnelId tunnel, SessionId session)
{
    TcpFrontend *port = find(tunnel);
    ClientRecord *client = m_registry.find(session);
    if (!port || !client || port->backends().contains(session))
        return;
    // Its own meter for each pool, so that the loads of two pools are separate.
    const auto meter = std::make_shared<RelayMeter>(); // shared with the relays, which may outlive both
    client->streams.add(meter);
    port->backends().join(session, client->clientId, client->weight, meter);
    port->backends().setUnavailable(session, Unavailability::Draining, client->isDraining());
    m_joined[static_cast<quint64>(session)].push_back(tunnel);
}

void Dispatcher::leave(TunnelId tunnel, SessionId session)
{
    if (TcpFrontend *port = find(tunnel))
        port->backends().leave(session);
    if (const auto it = m_joined.find(static_cast<quint64>(session)); it != m_joined.end()) {
        std::erase(it->second, tunnel);
        if (it->second.empty())
            m_joined.erase(it);
    }
}

qint64 Dispatcher::openRelaysOf(SessionId session) const
{
    qint64 open = m_default.backends().openOf(session);
    if (const auto it = m_joined.find(static_cast<quint64>(session)); it != m_joined.end()) {
        for (const TunnelId tunnel : it->second)
            open += port(tunnel)->backends().openOf(session);
    }
    return open;
}

void Dispatcher::setAccessRules(const AccessRules &settings)
{
    m_limits.accessRules = settings;
    m_default.access().setSettings(settings);
    for (const auto &[id, port] : m_ports)
        port->access().setSettings(settings);
}

void Dispatcher::setUnavailableEverywhere(SessionId session, Unavailability reason, bool unavailable)
{
    setUnavailable(session, reason, unavailable);
    const auto joined = m_joined.find(static_cast<quint64>(session));
    if (joined == m_joined.end())
        return;
    for (const TunnelId tunnel : joined->second)
        find(tunnel)->backends().setUnavailable(session, reason, unavailable);
}

void Dispatcher::setPolicy(TunnelId tunnel, BalancePolicy policy)
{
    if (TcpFrontend *port = find(tunnel))
        port->backends().setPolicy(policy);
}

bool Dispatcher::isRefusedByWatcher(PendingConnection &ticket)
{
    const net::Endpoint &source = sourceOf(ticket);
    if (!ticket.target)
        ticket.target = net::localOf(ticket.visitor.get());
    TunnelObserver::Verdict verdict = m_watcher->onVisitor(ticket.tunnel, {*ticket.target, source});
    if (!verdict.admitted) {
        ++m_counters.denied;
        return true;
    }
    if (verdict.watch) { // the observer lives as long as the place
        using Both = std::pair<std::shared_ptr<void>, std::shared_ptr<ConnectionObserver>>;
        ticket.watch = verdict.watch;
        ticket.lease = std::make_shared<Both>(std::move(ticket.lease), std::move(verdict.watch));
    }
    return false;
}

/// There is room for the visitor, and a client to serve it.
void Dispatcher::admit(TcpFrontend &port, PendingConnection ticket)
{
    if (m_watcher && isRefusedByWatcher(ticket))
        return;
    ticket.lease = port.gate().admit(std::move(ticket.lease));
    if (port.gate().isExhausted()) {
        port.stopListening(); // for ever: a visitor that leaves does not open it again
        m_waiting -= static_cast<qsizetype>(port.waiting());
        m_counters.failed += port.waiting();
        while (port.takeWaiting())
            ;
        port.gate().counter()->wakeOnLeave();
    }
    offer(std::move(ticket)); // last: it may close the port
}

/// A connection to \a tunnel has ended.
void Dispatcher::admitWaiting(TunnelId tunnel)
{
    while (TcpFrontend *port = find(tunnel)) {
        if (port->gate().isExhausted()) {
            if (port->gate().online() == 0)
                return Q_EMIT servedAll(tunnel);
            port->gate().counter()->wakeOnLeave();
            return;
        }
        if (port->waiting() == 0)
            return;
        if (!port->gate().hasRoom()) {
            port->gate().counter()->wakeOnLeave();
            return;
        }
        PendingConnection ticket = *port->takeWaiting();
        --m_waiting;
        if (net::isBroken(ticket.visitor.get()))
            continue;
        if (!port->backends().canServe()) {
            ++m_counters.noClient;
            m_unserved.answer(std::move(ticket));
            continue;
        }
        ticket.giveUpAt = steadyMs() + m_limits.pendingTimeoutMs;
        admit(*port, std::move(ticket));
    }
}

void Dispatcher::sweepPort(TcpFrontend &port, qint64 now)
{
    port.access().sweep(now);
    port.backends().sweep(now);
    if (port.isDefault())
        return;
    for (PendingConnection &ticket : port.takeLate(now)) {
        --m_waiting;
        ++m_counters.timedOut;
        qCDebug(lcPublic).noquote() << u"A visitor of tunnel '%1' is closed: there was no place in time."_s
                                           .arg(logSafe(port.backends().name()));
        m_unserved.answer(std::move(ticket));
    }
    admitWaiting(port.id()); // last: it may close the port
}

DispatchCounters Dispatcher::counters() const
{
    DispatchCounters counters = m_counters;
    counters.paired += m_handoffStats.paired();
    counters.failed += m_handoffStats.dropped();
    counters.tlsFailed = m_tlsTerminator.failed();
    const auto add = [&counters](const AccessCounters &access) {
        counters.denied += access.denied;
        counters.overLimit += access.overLimit;
        counters.failed += access.badHeader;
        counters.accepted += access.denied + access.overLimit + access.badHeader;
    };
    add(m_default.access().counters());
    for (const auto &[id, port] : m_ports)
        add(port->access().counters());
    return counters;
}

qsizetype Dispatcher::outside() const
{
    qsizetype visitors =
        m_pending.size() + m_waiting + m_default.access().waiting() + m_tlsTerminator.waiting();
    for (const auto &[id, port] : m_ports)
        visitors += port->access().waiting();
    return visitors;
}

QStringList Dispatcher::pendingIds() const
{
    QStringList ids = m_pending.ids() + m_handoffStats.ids();
    for (const auto &[id, port] : m_ports)
        ids += port->waitingIds();
    return ids;
}

} // namespace frpx::server
