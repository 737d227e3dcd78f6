// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/accesscontrol.h"

#include "common/core/throttledlog.h"
#include "common/net/ipaddress.h"
#include "common/net/sockets.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr LogKind denied{lcPublic};
constexpr LogKind overLimit{lcPublic};

AccessControl::AccessControl(AccessRules settings, Handler handler, QObject *parent)
    : QObject(parent)
    , m_handler(std::move(handler))
    , m_limiter(settings.maxPerSource)
    , m_headers([this](UniqueFd visitor, const net::Endpoint &proxy, const proxyproto::Header &header) {
        PendingConnection ticket;
        ticket.visitor = std::move(visitor);
        // False: the header describes a connection of the proxy itself.
        const bool told = !header.source.address.isNull();
        ticket.source = told ? header.source : proxy;
        if (told)
            ticket.target = header.target;
        admit(std::move(ticket));
    })
{
    setSettings(std::move(settings));
}

AccessControl::~AccessControl() = default;

void AccessControl::setSettings(AccessRules settings)
{
    m_settings = std::move(settings);
    m_knowsEverybody = !m_settings.allowFrom.isEmpty() || !m_settings.denyFrom.isEmpty()
        || !m_settings.frontProxies.isEmpty() || m_settings.maxPerSource > 0;
    m_limiter.setLimit(m_settings.maxPerSource);
}

void AccessControl::receive(UniqueFd visitor)
{
    PendingConnection ticket;
    ticket.visitor = std::move(visitor);
    if (!m_knowsEverybody)
        return m_handler(std::move(ticket));
    if (sourceOf(ticket).address.isNull())
        return; // the visitor has closed
    if (m_settings.frontProxies.contains(ticket.source.address))
        return m_headers.read(std::move(ticket.visitor), ticket.source);
    admit(std::move(ticket));
}

void AccessControl::admit(PendingConnection ticket)
{
    const QHostAddress &address = ticket.source.address;
    if (m_settings.denyFrom.contains(address)
        || (!m_settings.allowFrom.isEmpty() && !m_settings.allowFrom.contains(address)))
        return refuse(ticket, m_counters.denied, denied, "the access lists refuse it");
    if (m_limiter.isOn()) {
        ticket.lease = m_limiter.take(address);
        if (!ticket.lease)
            return refuse(ticket, m_counters.overLimit, overLimit, "its address has too many connections");
    }
    m_handler(std::move(ticket));
}

void AccessControl::refuse(
    const PendingConnection &ticket, quint64 &counter, const LogKind &kind, const char *why)
{
    ++counter;
    net::resetOnClose(ticket.visitor.get()); // no state stays in the kernel, not even TIME_WAIT
    logThrottled(
        kind, u"A connection from %1 is closed: %2"_s.arg(ticket.source.toString(), QLatin1String(why)));
}

AccessCounters AccessControl::counters() const
{
    AccessCounters counters = m_counters;
    counters.badHeader = m_headers.refused();
    return counters;
}

const net::Endpoint &sourceOf(PendingConnection &ticket)
{
    if (ticket.source.address.isNull())
        ticket.source = net::peerOf(ticket.visitor.get());
    return ticket.source;
}

proto::VisitorAddress visitorAddressOf(PendingConnection &ticket)
{
    const net::Endpoint &source = sourceOf(ticket);
    if (!ticket.target)
        ticket.target = net::localOf(ticket.visitor.get());
    // The interface of a link-local address means nothing to another host.
    return {net::plainAddress(source.address).toString(), source.port,
        net::plainAddress(ticket.target->address).toString(), ticket.target->port};
}

} // namespace frpx::server
