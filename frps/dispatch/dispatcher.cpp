// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/dispatch/dispatcher.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "frps/clients/controlserver.h"
#include "frps/workconn/workhandoff.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind clientChosen{lcPublic, QtInfoMsg, 10, 10}; // scripts search for this line
constexpr LogKind noClient{lcPublic, QtInfoMsg};
constexpr LogKind tooManyWait{lcPublic};
constexpr LogKind unknownSession{lcWork, QtWarningMsg, 20};
constexpr LogKind unknownId{lcWork, QtWarningMsg, 20};
constexpr LogKind cannotServe{lcPublic, QtInfoMsg}; // per client
constexpr LogKind nobodyServes{lcPublic};
constexpr LogKind timedOut{lcPublic};

// Delay before all clients are tried again; doubles each further time.
constexpr qint64 firstRestMs = 250;
constexpr qint64 longestRestMs = 1000;

/// A hash of the visitor's address: the same one for IPv4, also on a socket for both families.
quint64 sourceKey(PendingConnection &ticket)
{
    const Q_IPV6ADDR address = sourceOf(ticket).address.toIPv6Address();
    return stableHash({address.c, sizeof address.c});
}

} // namespace

Dispatcher::Dispatcher(const DispatchLimits &limits, ClientRegistry &registry, ControlServer &control,
    RelayPool &relays, QObject *parent)
    : QObject(parent)
    , m_limits(limits)
    , m_registry(registry)
    , m_control(control)
    , m_relays(relays)
    , m_tlsTerminator(
          limits.tlsTerminator, relays, [this](PendingConnection ticket) { onSecured(std::move(ticket)); })
    , m_unserved(relays)
    , m_default({.spec = {.name = defaultTunnel.toString()},
                    .accessRules = m_limits.accessRules,
                    .policy = limits.policy,
                    .outliers = limits.outliers,
                    .acceptBelow = limits.acceptBelow},
          [this](TcpFrontend &port, PendingConnection ticket) { onVisitor(port, std::move(ticket)); })
    , m_pool(limits.maxIdleWork)
    // Called in a loop's thread. The server stops the loops before it destroys the dispatcher.
    , m_returned([this] {
        QMetaObject::invokeMethod(
            this, [this] { takeReturned(); }, Qt::QueuedConnection);
    })
{
    connect(&control, &ControlServer::clientRegistered, this, &Dispatcher::onClientRegistered);
    connect(&control, &ControlServer::clientDraining, this, &Dispatcher::onClientDraining);
    connect(&control, &ControlServer::clientLeft, this, &Dispatcher::onClientLeft);
    connect(&control, &ControlServer::loginEnded, this,
        [this](const std::shared_ptr<void> &login) { m_relays.cut(login); });
    connect(&control, &ControlServer::streamsHung, this,
        [this](const std::shared_ptr<void> &meter) { m_relays.cut(meter); });
    connect(&control, &ControlServer::healthReported, this, &Dispatcher::onHealthReported);
    connect(&control, &ControlServer::clientSilent, this, &Dispatcher::onClientSilent);
    connect(&control, &ControlServer::clientAnsweredAgain, this, &Dispatcher::onClientAnsweredAgain);
    connect(&control, &ControlServer::proxyConnFailed, this, &Dispatcher::onProxyConnFailed);
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::onVisitor(TcpFrontend &port, PendingConnection ticket)
{
    if (find(port.id()) != &port)
        return; // closed while the PROXY header was awaited
    ++m_counters.accepted;
    if (const std::shared_ptr<const TlsServerContext> context = tlsOf(port))
        return m_tlsTerminator.receive(std::move(ticket), context);
    place(port, std::move(ticket));
}

void Dispatcher::place(TcpFrontend &port, PendingConnection ticket)
{
    if (!port.backends().canServe()) {
        ++m_counters.noClient;
        logThrottled(noClient, u"No client can serve a new connection; it is answered and closed."_s);
        return m_unserved.answer(std::move(ticket));
    }
    if (pending() >= m_limits.maxPending) {
        ++m_counters.failed;
        logThrottled(tooManyWait, u"Too many visitors are waiting; a new connection is closed."_s);
        return m_unserved.answer(std::move(ticket));
    }
    ticket.giveUpAt = steadyMs() + m_limits.pendingTimeoutMs;
    if (port.isDefault())
        return offer(std::move(ticket));
    if (port.waiting() == 0 && port.gate().hasRoom())
        return admit(port, std::move(ticket));
    ticket.id = u"queued-%1"_s.arg(++m_lastHandoff);
    if (port.wait(ticket)) {
        ++m_waiting;
    } else {
        ++m_counters.failed;
        qCDebug(lcPublic).noquote() << u"Tunnel '%1' is full; a new connection is closed."_s.arg(
            logSafe(port.backends().name()));
        m_unserved.answer(std::move(ticket));
    }
}

/// Asks a client that has not been tried yet; there must be one. A waiting work connection of the client
/// saves a round trip.
void Dispatcher::offer(PendingConnection ticket)
{
    BackendPool &backends = find(ticket.tunnel)->backends();
    const quint64 source = backends.policy() == BalancePolicy::SourceHash ? sourceKey(ticket) : 0;
    BackendPool::Choice choice = *backends.choose(ticket.tried, source, steadyMs());
    ticket.session = choice.session;
    ticket.meter = std::move(choice.meter);
    ticket.claim = std::move(choice.claim);
    ticket.tried.push_back(ticket.session);
    ticket.askedAt = steadyMs();
    ticket.attemptUntil = std::min(ticket.askedAt + m_limits.attemptTimeoutMs, ticket.giveUpAt);
    const SessionId session = ticket.session;
    ClientRecord *client = m_registry.find(session);
    ticket.owner = client->login;
    ticket.askedSource = client->source;
    // Without another client to try, and for one that is the last resort, the client has the whole time.
    ticket.pulse = canTryAnother(*find(ticket.tunnel), ticket) && client->pulse && !client->pulse->isSilent()
        ? client->pulse
        : nullptr;
    ++client->totalConnections;
    if (lcPublic().isInfoEnabled())
        logThrottled(clientChosen, u"Chose client '%1' for the new connection."_s.arg(client->clientId));
    qCDebug(lcPublic).noquote() << "The connection comes from" << sourceOf(ticket).toString();
    ticket.told = client->wantsVisitorAddress ? std::optional(visitorAddressOf(ticket)) : std::nullopt;
    takeReturned();
    if (WorkConn work = m_pool.take(session)) {
        ticket.id = u"waiting-%1"_s.arg(++m_lastHandoff); // a name only, not sent to the client
        return pair(std::move(ticket), std::move(work), *client);
    }
    ticket.id = randomUuid();
    const proto::RequestNewProxyConn request{ticket.id, ticket.told, ticket.tunnelName};
    m_pending.issue(std::move(ticket));
    m_control.requestProxyConn(session, request); // last: a broken link may lead back to here
}

void Dispatcher::takeReturned()
{
    for (ReturnedWork::Item &item : m_returned.take())
        m_pool.putBack(item.session, std::move(item.connection));
}

void Dispatcher::pair(PendingConnection ticket, WorkConn work, const ClientRecord &client)
{
    std::shared_ptr<RelayMeter> meter = ticket.meter;
    WorkHandoff::Job job{
        std::move(ticket), std::move(work), std::move(meter), &m_handoffStats, {}, client.limit};
    job.reuse = client.reusesWork ? &m_returned : nullptr;
    job.clientSaysEnd = client.saysStreamEnds;
    // Called in the loop's thread. The server stops the loops before it destroys the dispatcher.
    job.returned = [this](PendingConnection ticketBack, const QString &why) {
        // A functor for a queued call must be copyable. A call that is never delivered still closes the
        // connection.
        auto shared = std::make_shared<PendingConnection>(std::move(ticketBack));
        QMetaObject::invokeMethod(
            this, [this, shared, why] { passOver(std::move(*shared), why); }, Qt::QueuedConnection);
    };
    m_relays.nextLoop().post(
        [job = std::move(job)](IoLoop &loop) mutable { WorkHandoff::start(loop, std::move(job)); });
}

void Dispatcher::onClientRegistered(SessionId session)
{
    const ClientRecord *client = m_registry.find(session);
    if (!client->workSecret.isEmpty())
        m_pool.open(session, client->workSecret, client->poolMin, steadyMs(), client->poolMax);
    if (client->onlyTunnels)
        return;
    m_default.backends().join(session, client->clientId, client->weight, client->meter);
    setUnavailable(session, Unavailability::Draining, client->isDraining());
}

void Dispatcher::onHealthReported(SessionId session, bool healthy)
{
    setUnavailable(session, Unavailability::Unhealthy, !healthy);
}

void Dispatcher::onClientDraining(SessionId session)
{
    const ClientRecord *client = m_registry.find(session);
    setUnavailableEverywhere(session, Unavailability::Draining, client->isDraining());
    if (client->leaving)
        // The client waits for their end: it must serve every connection that stays open.
        m_pool.retire(session);
}

void Dispatcher::onWorkConnection(const proto::Message &opening, WorkConn work)
{
    if (const auto *requested = std::get_if<proto::NewProxyConn>(&opening))
        return onRequestedConnection(requested->proxyConnId, std::move(work));
    const auto &inAdvance = std::get<proto::NewWorkConn>(opening);
    if (!m_pool.knows(inAdvance.session)) {
        logThrottled(unknownSession,
            u"Work connection from %1 refused: its session is unknown or over"_s.arg(
                net::peerOf(work.get()).toString()));
    } else if (!m_pool.add(inAdvance.session, std::move(work))) {
        qCDebug(lcWork) << "A work connection dialled in advance is closed: enough of them wait";
    }
}

void Dispatcher::onRequestedConnection(const QString &proxyConnId, WorkConn work)
{
    std::optional<PendingConnection> ticket = m_pending.redeem(proxyConnId);
    if (!ticket) {
        if (!m_control.answerProbe(proxyConnId)) {
            net::resetOnClose(work.get()); // a reset: the service must not take this for the end of a stream
            logThrottled(unknownId,
                u"Work connection from %1 refused: its id is unknown, used or expired"_s.arg(
                    net::peerOf(work.get()).toString()));
        }
        return;
    }
    ++m_counters.paired;
    const ClientRecord *client = m_registry.find(ticket->session);
    RelayJob job{std::move(ticket->visitor), std::move(work.fd), {}, std::move(ticket->meter)};
    job.lease = std::move(ticket->lease);
    job.owner = std::move(ticket->owner);
    job.claim = std::move(ticket->claim);
    job.limit = client ? client->limit : nullptr;
    job.serviceSaysEnd = client && client->saysStreamEnds;
    job.serviceTls = std::move(work.tls);
    job.visitorTls = std::move(ticket->tls);
    job.firstToService = std::move(ticket->early);
    if (ticket->watch)
        ticket->watch->onPaired(job, 0);
    m_relays.adopt(std::move(job));
}

void Dispatcher::onProxyConnFailed(SessionId session, const QString &proxyConnId, const QString &reason)
{
    if (std::optional<PendingConnection> ticket = m_pending.redeem(proxyConnId, session))
        passOver(std::move(*ticket), logSafe(reason));
}

void Dispatcher::onClientSilent(SessionId session)
{
    setUnavailableEverywhere(session, Unavailability::Silent, true);
}

void Dispatcher::onClientAnsweredAgain(SessionId session)
{
    setUnavailableEverywhere(session, Unavailability::Silent, false);
}

void Dispatcher::onClientLeft(SessionId session)
{
    m_default.backends().leave(session);
    if (auto joined = m_joined.extract(static_cast<quint64>(session))) {
        for (const TunnelId tunnel : joined.mapped())
            find(tunnel)->backends().leave(session);
    }
    m_pool.close(session);
    for (PendingConnection &ticket : m_pending.takeOf(session))
        passOver(std::move(ticket), u"its link is lost"_s);
}

bool Dispatcher::canTryAnother(const TcpFrontend &port, const PendingConnection &ticket) const
{
    return static_cast<int>(ticket.tried.size()) < m_limits.maxAttempts
        && port.backends().canServe(ticket.tried);
}

/// The client asked last cannot serve \a ticket: tries the next one, if there is one.
void Dispatcher::passOver(PendingConnection ticket, const QString &why)
{
    const ClientRecord *client = m_registry.find(ticket.session);
    const QString name = client ? client->clientId : u"(unknown)"_s;
    logThrottled(cannotServe, u"Client '%1' cannot serve a connection: %2"_s.arg(name, why), name);
    TcpFrontend *port = find(ticket.tunnel);
    noteFailure(port, ticket);
    if (ticket.giveUpAt <= steadyMs())
        return drop(std::move(ticket));
    if (!port) { // the tunnel was closed meanwhile
        ++m_counters.failed;
        return;
    }
    if (canTryAnother(*port, ticket))
        return offer(std::move(ticket));
    rest(std::move(ticket));
}

/// Counts one failure per visitor and client: another one for the same visitor proves nothing, unless the
/// client is on trial.
void Dispatcher::noteFailure(TcpFrontend *port, const PendingConnection &ticket)
{
    if (!port || (ticket.rests > 0 && !port->backends().isEjected(ticket.session))
        || (m_heldUp && m_heldUp(ticket.askedSource)))
        return;
    port->backends().failed(ticket.session, steadyMs());
}

/// No client is left to try, but the visitor still has time.
void Dispatcher::rest(PendingConnection ticket)
{
    logThrottled(nobodyServes,
        u"No client could serve a connection after %1 tries; it waits and is offered again."_s.arg(
            ticket.tried.size()));
    const qint64 restMs = std::min(firstRestMs << std::min(ticket.rests, 8), longestRestMs);
    ++ticket.rests;
    ticket.session = {};
    ticket.tried.clear();
    ticket.claim = {};
    ticket.meter.reset();
    ticket.owner.reset();
    ticket.pulse.reset();
    ticket.id = randomUuid(); // not sent to any client
    ticket.attemptUntil = std::min(steadyMs() + restMs, ticket.giveUpAt);
    m_pending.issue(std::move(ticket));
}

void Dispatcher::offerAgain(PendingConnection ticket)
{
    const TcpFrontend *port = find(ticket.tunnel);
    if (!port || net::isBroken(ticket.visitor.get())) {
        ++m_counters.failed;
        return;
    }
    if (!port->backends().canServe())
        return rest(std::move(ticket));
    offer(std::move(ticket));
}

/// The visitor's time is over.
void Dispatcher::drop(PendingConnection ticket)
{
    ++m_counters.timedOut;
    logThrottled(
        timedOut, u"A visitor is closed: no client served it within %1 ms."_s.arg(m_limits.pendingTimeoutMs));
    m_unserved.answer(std::move(ticket));
}

void Dispatcher::sweep()
{
    const qint64 now = steadyMs();
    m_closed.clear();
    m_pool.sweep(now);
    m_tlsTerminator.sweep(now);
    sweepPort(m_default, now);
    std::vector<TunnelId> tunnels;
    for (const auto &[id, port] : m_ports)
        tunnels.push_back(port->id());
    for (const TunnelId tunnel : tunnels) {
        if (TcpFrontend *port = find(tunnel)) // a receiver of servedAll() may have closed it
            sweepPort(*port, now);
    }
    for (PendingConnection &ticket : m_pending.takeDue(now)) {
        TcpFrontend *port = find(ticket.tunnel);
        if (ticket.giveUpAt <= now) {
            if (ticket.session != SessionId{})
                noteFailure(port, ticket);
            drop(std::move(ticket));
        } else if (ticket.session == SessionId{}) {
            offerAgain(std::move(ticket));
        } else if (!m_registry.find(ticket.session)) {
            // It left when it was asked for a visitor before this one.
            passOver(std::move(ticket), u"its link is lost"_s);
        } else if (port && canTryAnother(*port, ticket)) {
            passOver(std::move(ticket), u"it did not dial in in time"_s);
        } else {
            ticket.attemptUntil = ticket.giveUpAt; // no other client: this one has the whole time
            ticket.pulse.reset();
            m_pending.issue(std::move(ticket));
        }
    }
}

} // namespace frpx::server
