// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/store/apitokenstore.h"

#include <set>

namespace frpx::server {

/// Answers whether an API token is good, from memory: a snapshot of the stored hashes, which the
/// Authenticator keeps fresh. Control thread only.
class ApiTokens
{
public:
    /// \a clock is the system's when empty.
    explicit ApiTokens(Clock clock = {});

    /// Replaces the snapshot.
    void set(std::vector<ApiTokenRecord> tokens) { m_tokens = std::move(tokens); }

    /// What the bearer of \a presented may do; none for an unknown, expired or revoked one. Takes the same
    /// time whichever of the stored hashes it comes close to.
    std::optional<ApiAccess> check(QStringView presented);

    /// How many are stored, expired ones included: they keep the API closed.
    qsizetype count() const { return static_cast<qsizetype>(m_tokens.size()); }
    bool any() const { return !m_tokens.empty(); }

    /// Ids of those that have been used since the last call and whose last use is to be noted.
    std::vector<qint64> takeUsed();

private:
    const Clock m_clock;
    std::vector<ApiTokenRecord> m_tokens;
    std::set<qint64> m_used; ///< ids
};

} // namespace frpx::server
