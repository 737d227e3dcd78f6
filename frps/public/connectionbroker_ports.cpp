// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// The part of ConnectionBroker that opens and closes ports, and keeps to their limits.

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "frps/public/connectionbroker.h"
#include "frps/registry/clientregistry.h"
#include "frps/tls/publictls.h"
#include "frps/tunnel/tunnelwatcher.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

PublicPort *ConnectionBroker::find(TunnelId tunnel)
{
    if (tunnel == TunnelId{})
        return &m_default;
    const auto it = m_ports.find(static_cast<quint64>(tunnel));
    return it == m_ports.end() ? nullptr : it->second.get();
}

const PublicPort *ConnectionBroker::port(TunnelId tunnel) const
{
    return const_cast<ConnectionBroker *>(this)->find(tunnel);
}

std::shared_ptr<const TlsServerContext> ConnectionBroker::tlsOf(const PublicPort &port) const
{
    return m_tls ? m_tls->contextFor(port.isDefault(), port.tunnel().port()) : nullptr;
}

/// The user of \a ticket has come through his handshake.
void ConnectionBroker::onSecured(Ticket ticket)
{
    PublicPort *port = find(ticket.tunnel);
    if (!port || (!port->isDefault() && port->gate().isExhausted())) { // meanwhile
        ++m_counters.failed;
        return;
    }
    place(*port, std::move(ticket));
}

Result<quint16> ConnectionBroker::listen(const QHostAddress &address, quint16 port)
{
    m_address = address;
    return m_default.listen(address, port);
}

void ConnectionBroker::stopListening()
{
    m_default.stopListening();
    for (const auto &[id, port] : m_ports)
        port->stopListening();
}

void ConnectionBroker::acceptLast()
{
    m_default.acceptLast();
    std::vector<TunnelId> tunnels;
    for (const auto &[id, port] : m_ports)
        tunnels.push_back(port->id());
    for (const TunnelId tunnel : tunnels) {
        if (PublicPort *port = find(tunnel)) // a broken link may have closed it meanwhile
            port->acceptLast();
    }
}

Result<TunnelId> ConnectionBroker::openPort(PortSettings settings)
{
    const auto id = TunnelId{m_lastTunnel + 1};
    PublicPort::Settings made;
    made.id = id;
    made.name = settings.name;
    made.door = m_limits.door;
    made.policy = settings.policy.value_or(m_limits.policy);
    made.outliers = m_limits.outliers;
    made.limits = settings.limits;
    made.account = std::move(settings.account);
    made.accountLimit = settings.accountLimit;
    made.acceptBelow = m_limits.acceptBelow;
    auto port = std::make_unique<PublicPort>(
        std::move(made), [this](PublicPort &from, Ticket ticket) { onUser(from, std::move(ticket)); });
    if (const Result<quint16> listening = port->listen(m_address, settings.port); !listening)
        return listening.error();
    port->gate().setAdmitted(settings.admitted);
    // Called in any thread; the gate takes it back before it goes.
    port->gate().counter()->setWaker([this, id] {
        QMetaObject::invokeMethod(
            this, [this, id] { admitWaiting(id); }, Qt::QueuedConnection);
    });
    ++m_lastTunnel;
    m_ports.emplace(static_cast<quint64>(id), std::move(port));
    return id;
}

void ConnectionBroker::closePort(TunnelId tunnel, bool cutUsers)
{
    auto node = m_ports.extract(static_cast<quint64>(tunnel));
    if (!node)
        return;
    PublicPort &port = *node.mapped();
    port.stopListening();
    for (auto it = m_joined.begin(); it != m_joined.end();) {
        std::erase(it->second, tunnel);
        it = it->second.empty() ? m_joined.erase(it) : std::next(it);
    }
    const DoorCounters door = port.door().counters();
    m_counters.denied += door.denied;
    m_counters.overLimit += door.overLimit;
    m_counters.failed += door.badHeader + port.waiting();
    m_counters.accepted += door.denied + door.overLimit + door.badHeader;
    m_waiting -= static_cast<qsizetype>(port.waiting());
    while (port.takeWaiting())
        ;
    if (cutUsers) {
        std::vector<Ticket> users = m_tickets.takeOf(tunnel);
        m_counters.failed += users.size();
        m_relays.cut(port.gate().counter());
    }
    m_closed.push_back(std::move(node.mapped()));
}

void ConnectionBroker::join(TunnelId tunnel, SessionId session)
{
    PublicPort *port = find(tunnel);
    ClientRecord *client = m_registry.find(session);
    if (!port || !client || port->tunnel().contains(session))
        return;
    // With a meter of its own: the loads of two pools are two numbers.
    const auto meter = std::make_shared<RelayMeter>(); // shared with the relays, which may outlive both
    client->streams.add(meter);
    port->tunnel().join(session, client->clientId, client->weight, meter);
    port->tunnel().setUnavailable(session, Unavailability::Draining, client->isDraining());
    m_joined[static_cast<quint64>(session)].push_back(tunnel);
}

void ConnectionBroker::leave(TunnelId tunnel, SessionId session)
{
    if (PublicPort *port = find(tunnel))
        port->tunnel().leave(session);
    if (const auto it = m_joined.find(static_cast<quint64>(session)); it != m_joined.end()) {
        std::erase(it->second, tunnel);
        if (it->second.empty())
            m_joined.erase(it);
    }
}

qint64 ConnectionBroker::openRelaysOf(SessionId session) const
{
    qint64 open = m_default.tunnel().openOf(session);
    if (const auto it = m_joined.find(static_cast<quint64>(session)); it != m_joined.end()) {
        for (const TunnelId tunnel : it->second)
            open += port(tunnel)->tunnel().openOf(session);
    }
    return open;
}

void ConnectionBroker::setDoor(const DoorSettings &settings)
{
    m_limits.door = settings;
    m_default.door().setSettings(settings);
    for (const auto &[id, port] : m_ports)
        port->door().setSettings(settings);
}

void ConnectionBroker::setUnavailableEverywhere(SessionId session, Unavailability reason, bool unavailable)
{
    setUnavailable(session, reason, unavailable);
    const auto joined = m_joined.find(static_cast<quint64>(session));
    if (joined == m_joined.end())
        return;
    for (const TunnelId tunnel : joined->second)
        find(tunnel)->tunnel().setUnavailable(session, reason, unavailable);
}

void ConnectionBroker::setPolicy(TunnelId tunnel, BalancePolicy policy)
{
    if (PublicPort *port = find(tunnel))
        port->tunnel().setPolicy(policy);
}

bool ConnectionBroker::isRefusedByWatcher(Ticket &ticket)
{
    const net::Endpoint &source = sourceOf(ticket);
    if (!ticket.target)
        ticket.target = net::localOf(ticket.user.get());
    TunnelWatcher::Verdict verdict = m_watcher->onUser(ticket.tunnel, {*ticket.target, source});
    if (!verdict.admitted) {
        ++m_counters.denied;
        return true;
    }
    if (verdict.watch) { // he is followed for as long as he has his place
        using Both = std::pair<std::shared_ptr<void>, std::shared_ptr<UserWatch>>;
        ticket.watch = verdict.watch;
        ticket.lease = std::make_shared<Both>(std::move(ticket.lease), std::move(verdict.watch));
    }
    return false;
}

/// There is room for the user of \a ticket, and a client to serve him.
void ConnectionBroker::admit(PublicPort &port, Ticket ticket)
{
    if (m_watcher && isRefusedByWatcher(ticket))
        return;
    ticket.lease = port.gate().admit(std::move(ticket.lease));
    if (port.gate().isExhausted()) {
        port.stopListening(); // for good: it is not opened again for one who leaves
        m_waiting -= static_cast<qsizetype>(port.waiting());
        m_counters.failed += port.waiting();
        while (port.takeWaiting())
            ;
        port.gate().counter()->wakeOnLeave();
    }
    offer(std::move(ticket)); // last: the port may be closed by it
}

/// Somebody has left \a tunnel.
void ConnectionBroker::admitWaiting(TunnelId tunnel)
{
    while (PublicPort *port = find(tunnel)) {
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
        Ticket ticket = *port->takeWaiting();
        --m_waiting;
        if (net::isBroken(ticket.user.get()))
            continue;
        if (!port->tunnel().canServe()) {
            ++m_counters.noClient;
            m_unserved.answer(std::move(ticket));
            continue;
        }
        ticket.giveUpAt = steadyMs() + m_limits.pendingTimeoutMs;
        admit(*port, std::move(ticket));
    }
}

void ConnectionBroker::sweepPort(PublicPort &port, qint64 now)
{
    port.door().sweep(now);
    port.tunnel().sweep(now);
    if (port.isDefault())
        return;
    for (Ticket &ticket : port.takeLate(now)) {
        --m_waiting;
        ++m_counters.timedOut;
        qCDebug(lcPublic).noquote() << u"A user of tunnel '%1' is closed: he has found no place in time."_s
                                           .arg(logSafe(port.tunnel().name()));
        m_unserved.answer(std::move(ticket));
    }
    admitWaiting(port.id()); // last: it may close the port
}

BrokerCounters ConnectionBroker::counters() const
{
    BrokerCounters counters = m_counters;
    counters.paired += m_pairing.paired();
    counters.failed += m_pairing.dropped();
    counters.tlsFailed = m_tlsDoor.failed();
    const auto add = [&counters](const DoorCounters &door) {
        counters.denied += door.denied;
        counters.overLimit += door.overLimit;
        counters.failed += door.badHeader;
        counters.accepted += door.denied + door.overLimit + door.badHeader;
    };
    add(m_default.door().counters());
    for (const auto &[id, port] : m_ports)
        add(port->door().counters());
    return counters;
}

qsizetype ConnectionBroker::outside() const
{
    qsizetype users = m_tickets.size() + m_waiting + m_default.door().waiting() + m_tlsDoor.waiting();
    for (const auto &[id, port] : m_ports)
        users += port->door().waiting();
    return users;
}

QStringList ConnectionBroker::pendingIds() const
{
    QStringList ids = m_tickets.ids() + m_pairing.ids();
    for (const auto &[id, port] : m_ports)
        ids += port->waitingIds();
    return ids;
}

} // namespace frpx::server
