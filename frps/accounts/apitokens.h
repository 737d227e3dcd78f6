// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/store/apitokenstore.h"

#include <set>

namespace frpx::server {

/// Checks API tokens against a snapshot of the stored hashes, in memory. The Authenticator updates the
/// snapshot. Control thread only.
class ApiTokens
{
public:
    /// \a clock is the system's when empty.
    explicit ApiTokens(Clock clock = {});

    /// Replaces the snapshot.
    void set(std::vector<ApiTokenRecord> tokens) { m_tokens = std::move(tokens); }

    /// The access that \a presented gives; nullopt if it is unknown, expired or revoked. The time it takes
    /// does not depend on the stored hashes.
    std::optional<ApiAccess> check(QStringView presented);

    /// How many are stored, expired ones included: as long as there is any, the API requires a token.
    qsizetype count() const { return static_cast<qsizetype>(m_tokens.size()); }
    bool any() const { return !m_tokens.empty(); }

    /// The ids of the tokens that were used since the last call and whose use must be stored.
    std::vector<qint64> takeUsed();

private:
    const Clock m_clock;
    std::vector<ApiTokenRecord> m_tokens;
    std::set<qint64> m_used; ///< ids
};

} // namespace frpx::server
