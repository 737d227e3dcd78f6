// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/public/connectionbroker.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "frps/control/controlserver.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

ConnectionBroker::ConnectionBroker(
    BrokerLimits limits, ClientRegistry &registry, ControlServer &control, RelayPool &relays, QObject *parent)
    : QObject(parent)
    , m_limits(limits)
    , m_registry(registry)
    , m_control(control)
    , m_relays(relays)
    , m_listener([this](UniqueFd user) { onUser(std::move(user)); })
{
    connect(&control, &ControlServer::clientRegistered, this, [this](SessionId id) { m_balancer.add(id); });
    connect(&control, &ControlServer::clientLeft, this, &ConnectionBroker::onClientLeft);
    connect(&control, &ControlServer::proxyConnFailed, this, &ConnectionBroker::onProxyConnFailed);
}

ConnectionBroker::~ConnectionBroker() = default;

Result<quint16> ConnectionBroker::listen(const QHostAddress &address, quint16 port)
{
    return m_listener.listenOn(address, port);
}

void ConnectionBroker::onUser(UniqueFd user)
{
    ++m_counters.accepted;
    if (m_balancer.size() == 0) {
        ++m_counters.noClient;
        qCInfo(lcPublic) << "No client to serve a new connection; closed.";
        return;
    }
    if (m_tickets.size() >= m_limits.maxPending) {
        ++m_counters.failed;
        qCWarning(lcPublic) << "Too many users are waiting; a new connection is closed.";
        return;
    }
    Ticket ticket;
    ticket.user = std::move(user);
    ticket.giveUpAt = steadyMs() + m_limits.pendingTimeoutMs;
    offer(std::move(ticket));
}

/// Asks a client that has not been tried yet. There must be one.
void ConnectionBroker::offer(Ticket ticket)
{
    ticket.session = *m_balancer.pick(ticket.tried);
    ticket.tried.push_back(ticket.session);
    ticket.id = randomUuid();
    ticket.attemptUntil = steadyMs() + m_limits.attemptTimeoutMs;
    const QString id = ticket.id;
    const SessionId session = ticket.session;
    m_tickets.issue(std::move(ticket));
    ClientRecord *client = m_registry.find(session);
    ++client->totalConnections;
    qCInfo(lcPublic).noquote() << u"Chose client '%1' for the new connection."_s.arg(client->clientId);
    m_control.requestProxyConn(session, id); // last: a broken link may bring us back here
}

void ConnectionBroker::onWorkConnection(const QString &proxyConnId, UniqueFd work)
{
    std::optional<Ticket> ticket = m_tickets.redeem(proxyConnId);
    if (!ticket) {
        if (!m_control.answerProbe(proxyConnId))
            qCWarning(lcWork).noquote() << "Work connection from" << net::peerOf(work.get()).toString()
                                        << "refused: its id is unknown, used or expired";
        return;
    }
    ++m_counters.paired;
    const ClientRecord *client = m_registry.find(ticket->session);
    m_relays.adopt({std::move(ticket->user), std::move(work), {}, client ? client->meter : nullptr});
}

void ConnectionBroker::onProxyConnFailed(SessionId session, const QString &proxyConnId, const QString &reason)
{
    if (std::optional<Ticket> ticket = m_tickets.redeem(proxyConnId, session))
        passOver(std::move(*ticket), logSafe(reason));
}

void ConnectionBroker::onClientLeft(SessionId session)
{
    m_balancer.remove(session);
    for (Ticket &ticket : m_tickets.takeOf(session))
        passOver(std::move(ticket), u"its link is lost"_s);
}

/// The client asked last cannot serve \a ticket: to the next one, if there is one.
void ConnectionBroker::passOver(Ticket ticket, const QString &why)
{
    const ClientRecord *client = m_registry.find(ticket.session);
    qCInfo(lcPublic).noquote() << u"Client '%1' cannot serve a connection: %2"_s.arg(
        client ? client->clientId : u"(gone)"_s, why);
    if (static_cast<int>(ticket.tried.size()) < m_limits.maxAttempts && m_balancer.pick(ticket.tried)) {
        offer(std::move(ticket));
        return;
    }
    ++m_counters.failed;
    qCWarning(lcPublic) << "No client could serve a connection; closed after" << ticket.tried.size()
                        << "tries.";
}

void ConnectionBroker::sweep()
{
    const qint64 now = steadyMs();
    for (Ticket &ticket : m_tickets.takeDue(now)) {
        if (ticket.giveUpAt <= now) {
            ++m_counters.timedOut;
            qCWarning(lcPublic) << "A user is dropped: no client dialled in within"
                                << m_limits.pendingTimeoutMs << "ms.";
        } else if (static_cast<int>(ticket.tried.size()) < m_limits.maxAttempts
            && m_balancer.pick(ticket.tried)) {
            passOver(std::move(ticket), u"it did not dial in in time"_s);
        } else {
            ticket.attemptUntil = ticket.giveUpAt; // nobody else to ask: it may still come
            m_tickets.issue(std::move(ticket));
        }
    }
}

} // namespace frpx::server
