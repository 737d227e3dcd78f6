// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/dispatch/pendingconnections.h"

namespace frpx::server {

void PendingConnections::issue(PendingConnection ticket)
{
    const QString id = ticket.id;
    if (ticket.session != SessionId{})
        ++m_asked[ticket.askedSource];
    m_pending.insert_or_assign(id, std::move(ticket));
}

std::optional<PendingConnection> PendingConnections::redeem(const QString &id)
{
    auto node = m_pending.extract(id);
    if (node.empty())
        return std::nullopt;
    noteTaken(node.mapped());
    return std::move(node.mapped());
}

void PendingConnections::noteTaken(const PendingConnection &ticket)
{
    if (ticket.session == SessionId{})
        return;
    const auto it = m_asked.find(ticket.askedSource);
    if (--*it == 0)
        m_asked.erase(it);
}

std::optional<PendingConnection> PendingConnections::redeem(const QString &id, SessionId session)
{
    const auto it = m_pending.find(id);
    if (it == m_pending.end() || it->second.session != session)
        return std::nullopt;
    return redeem(id);
}

template <typename Predicate>
std::vector<PendingConnection> PendingConnections::takeIf(Predicate predicate)
{
    std::vector<PendingConnection> taken;
    for (auto it = m_pending.begin(); it != m_pending.end();) {
        if (predicate(it->second)) {
            noteTaken(it->second);
            taken.push_back(std::move(it->second));
            it = m_pending.erase(it);
        } else {
            ++it;
        }
    }
    return taken;
}

std::vector<PendingConnection> PendingConnections::takeOf(SessionId session)
{
    return takeIf([session](const PendingConnection &ticket) { return ticket.session == session; });
}

std::vector<PendingConnection> PendingConnections::takeOf(TunnelId tunnel)
{
    return takeIf([tunnel](const PendingConnection &ticket) { return ticket.tunnel == tunnel; });
}

std::vector<PendingConnection> PendingConnections::takeDue(qint64 now)
{
    return takeIf(
        [now](const PendingConnection &ticket) { return ticket.hasExpired(now) || ticket.giveUpAt <= now; });
}

QStringList PendingConnections::ids() const
{
    QStringList list;
    for (const auto &[id, ticket] : m_pending)
        list += id;
    return list;
}

} // namespace frpx::server
