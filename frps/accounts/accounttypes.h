// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/accounts/passwordhasher.h"
#include "frps/store/apitokenstore.h"

#include <QString>
#include <QStringList>

#include <chrono>
#include <vector>

namespace frpx::server {

/// A login that was accepted.
struct Login
{
    qint64 userId = 0;
    QString email;
    bool loopbackOnly = false;
    QString token; ///< a new one, after a login by password only
    qint64 tokenId = 0; ///< of the token used, or of the new one
    std::optional<qint64> tokenExpiresAtMs; ///< nullopt: never
    UserRights rights;
};

/// The accounts at the last poll, without secrets.
struct AccountsSnapshot
{
    using Token = TokenListing;

    static constexpr qsizetype maxListed = 10'000;

    QStringList users; ///< in order of address, at most maxListed
    std::vector<Token> tokens; ///< oldest first, at most maxListed
    qint64 tokenCount = 0; ///< all of them
    std::vector<ApiTokenRecord> apiTokens;

    bool operator==(const AccountsSnapshot &) const = default;
};

struct AuthenticatorSettings
{
    PasswordHasher::Cost passwordCost;
    int hashThreads = 2;
    size_t maxQueued = 256; ///< the most logins under way, by password and by token each; more get Errc::Busy
    size_t maxQueuedPerSource = 16; ///< of them, the most by password from one address
    int tokenLifetimeDays = 365; ///< 0: tokens do not expire
    std::chrono::milliseconds pollInterval{2000}; ///< how often changes by other programs are polled
    Clock clock; ///< the system's when empty
};

} // namespace frpx::server
