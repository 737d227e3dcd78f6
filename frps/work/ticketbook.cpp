// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/work/ticketbook.h"

namespace frpx::server {

void TicketBook::issue(Ticket ticket)
{
    const QString id = ticket.id;
    if (ticket.session != SessionId{})
        ++m_asked[ticket.askedSource];
    m_tickets.insert_or_assign(id, std::move(ticket));
}

std::optional<Ticket> TicketBook::redeem(const QString &id)
{
    auto node = m_tickets.extract(id);
    if (node.empty())
        return std::nullopt;
    noteTaken(node.mapped());
    return std::move(node.mapped());
}

void TicketBook::noteTaken(const Ticket &ticket)
{
    if (ticket.session == SessionId{})
        return;
    const auto it = m_asked.find(ticket.askedSource);
    if (--*it == 0)
        m_asked.erase(it);
}

std::optional<Ticket> TicketBook::redeem(const QString &id, SessionId session)
{
    const auto it = m_tickets.find(id);
    if (it == m_tickets.end() || it->second.session != session)
        return std::nullopt;
    return redeem(id);
}

template <typename Predicate>
std::vector<Ticket> TicketBook::takeIf(Predicate predicate)
{
    std::vector<Ticket> taken;
    for (auto it = m_tickets.begin(); it != m_tickets.end();) {
        if (predicate(it->second)) {
            noteTaken(it->second);
            taken.push_back(std::move(it->second));
            it = m_tickets.erase(it);
        } else {
            ++it;
        }
    }
    return taken;
}

std::vector<Ticket> TicketBook::takeOf(SessionId session)
{
    return takeIf([session](const Ticket &ticket) { return ticket.session == session; });
}

std::vector<Ticket> TicketBook::takeOf(TunnelId tunnel)
{
    return takeIf([tunnel](const Ticket &ticket) { return ticket.tunnel == tunnel; });
}

std::vector<Ticket> TicketBook::takeDue(qint64 now)
{
    return takeIf([now](const Ticket &ticket) { return ticket.isVain(now) || ticket.giveUpAt <= now; });
}

QStringList TicketBook::ids() const
{
    QStringList list;
    for (const auto &[id, ticket] : m_tickets)
        list += id;
    return list;
}

} // namespace frpx::server
