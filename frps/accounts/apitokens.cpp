// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/apitokens.h"

#include "common/core/walltime.h"
#include "frps/accounts/token.h"

#include <utility>

#include <sodium.h>

namespace frpx::server {

ApiTokens::ApiTokens(Clock clock)
    : m_clock(clock ? std::move(clock) : &wallMs)
{ }

std::optional<ApiAccess> ApiTokens::check(QStringView presented)
{
    if (!isTokenShaped(presented))
        return {};
    const QByteArray hash = tokenHash(presented);
    const ApiTokenRecord *match = nullptr;
    for (const ApiTokenRecord &token : m_tokens) { // no early exit: its time would reveal which hash matched
        if (token.hash.size() == hash.size()
            && sodium_memcmp(token.hash.constData(), hash.constData(), static_cast<size_t>(hash.size())) == 0)
            match = &token;
    }
    const qint64 now = m_clock();
    if (!match || (match->expiresAtMs && *match->expiresAtMs <= now))
        return {};
    if (!match->lastUsedAtMs || now - *match->lastUsedAtMs >= tokenTouchIntervalMs)
        m_used.insert(match->id);
    return match->access;
}

std::vector<qint64> ApiTokens::takeUsed()
{
    const std::set<qint64> used = std::exchange(m_used, {});
    return {used.begin(), used.end()};
}

} // namespace frpx::server
