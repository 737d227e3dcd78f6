// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/logincache.h"

#include <cstdlib>
#include <unordered_set>

namespace frpx::server {

void LoginCache::confirm(const QByteArray &hash, const Login &login, qint64 now)
{
    forget(hash);
    if (size() >= m_maxEntries)
        forget(QByteArray(m_byOrder.begin()->second)); // a copy: forget() deletes the original
    Entry entry{login, now, ++m_lastOrder};
    entry.login.token.clear(); // a login by token returns no new token
    m_byOrder.emplace(entry.order, hash);
    m_entries.insert(hash, std::move(entry));
}

std::optional<Login> LoginCache::find(const QByteArray &hash, bool peerIsLoopback, qint64 now) const
{
    const auto it = m_entries.constFind(hash);
    if (it == m_entries.cend() || std::abs(now - it->confirmedAtMs) >= m_lifetimeMs)
        return {};
    if (it->login.tokenExpiresAtMs && *it->login.tokenExpiresAtMs <= now)
        return {};
    if (it->login.loopbackOnly && !peerIsLoopback)
        return {};
    return it->login;
}

void LoginCache::forget(const QByteArray &hash)
{
    const auto it = m_entries.constFind(hash);
    if (it == m_entries.cend())
        return;
    m_byOrder.erase(it->order);
    m_entries.erase(it);
}

void LoginCache::apply(const LoginCheck &check)
{
    std::unordered_set<qint64> ended;
    for (const LoginCheck::Ended &each : check.ended)
        ended.insert(each.login.tokenId);
    for (auto it = m_entries.begin(); it != m_entries.end();) {
        if (ended.contains(it->login.tokenId)) {
            m_byOrder.erase(it->order);
            it = m_entries.erase(it);
            continue;
        }
        if (const auto rights = check.rights.find(it->login.userId); rights != check.rights.end())
            it->login.rights = rights->second;
        ++it;
    }
}

std::vector<LoginRef> LoginCache::logins() const
{
    std::vector<LoginRef> refs;
    refs.reserve(size());
    for (const Entry &entry : m_entries)
        refs.push_back({entry.login.userId, entry.login.tokenId});
    return refs;
}

} // namespace frpx::server
