// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/accounts/accounttypes.h"

#include <QHash>

#include <map>

namespace frpx::server {

/// Tokens that were valid a short while ago. Their accounts can log in while the database does not answer. A
/// value class without clock: `now` is in milliseconds since the epoch.
class LoginCache
{
public:
    explicit LoginCache(size_t maxEntries = 10'000, qint64 lifetimeMs = 3'600'000)
        : m_maxEntries(maxEntries)
        , m_lifetimeMs(lifetimeMs)
    { }

    /// The store has confirmed \a login, whose token has \a hash. A full cache removes the entry that was
    /// confirmed the longest time ago.
    void confirm(const QByteArray &hash, const Login &login, qint64 now);
    /// Nullopt if it is unknown, was confirmed too long ago, has expired, or is not valid for this peer.
    std::optional<Login> find(const QByteArray &hash, bool peerIsLoopback, qint64 now) const;

    void forget(const QByteArray &hash);
    /// Removes the logins that have ended, and updates the rights of the others.
    void apply(const LoginCheck &check);
    std::vector<LoginRef> logins() const;
    size_t size() const { return static_cast<size_t>(m_entries.size()); }

private:
    struct Entry
    {
        Login login;
        qint64 confirmedAtMs = 0;
        quint64 order = 0;
    };

    size_t m_maxEntries;
    qint64 m_lifetimeMs;
    QHash<QByteArray, Entry> m_entries; ///< by the token's hash
    std::map<quint64, QByteArray> m_byOrder; ///< oldest first
    quint64 m_lastOrder = 0;
};

} // namespace frpx::server
