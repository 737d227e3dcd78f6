// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/auth/passwordhasher.h"
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
    QString token; ///< a new one, only after a login by password
};

/// The accounts as they were a moment ago, without secrets.
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
    size_t maxQueued = 256; ///< logins under way; more are Errc::Busy
    int tokenLifetimeDays = 365; ///< 0: tokens do not expire
    std::chrono::milliseconds pollInterval{2000}; ///< how often changes of other programs are looked for
    Clock clock; ///< the system's when empty
};

} // namespace frpx::server
