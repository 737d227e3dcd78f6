// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/auth/accounttypes.h"

#include <QHash>

#include <map>

namespace frpx::server {

/// The tokens that were good a short while ago, so that their owners can log in while the database is away.
/// A value class without clock: `now` is in milliseconds since the epoch.
class LoginCache
{
public:
    explicit LoginCache(size_t maxEntries = 10'000, qint64 lifetimeMs = 3'600'000)
        : m_maxEntries(maxEntries)
        , m_lifetimeMs(lifetimeMs)
    { }

    /// The store has found \a login good, whose token has \a hash. In a full cache the entry goes that was
    /// confirmed the longest time ago.
    void confirm(const QByteArray &hash, const Login &login, qint64 now);
    /// None when it is unknown, was confirmed too long ago, has expired, or is not for a peer from there.
    std::optional<Login> find(const QByteArray &hash, bool peerIsLoopback, qint64 now) const;

    void forget(const QByteArray &hash);
    /// Forgets the logins that have ended, and takes over the rights of the others.
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
