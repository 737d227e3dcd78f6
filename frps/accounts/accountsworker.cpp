// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/accountsworker.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/core/walltime.h"
#include "frps/accounts/token.h"
#include "frps/store/database.h"

#include <QDateTime>

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr qint64 complaintIntervalMs = 60'000;

namespace {

constexpr QByteArrayView demoPassword = "123456"; // documented; it works from loopback addresses only
constexpr qint64 msPerDay = 86'400'000;

} // namespace

Error invalidCredentials()
{
    return {Errc::InvalidCredentials, u"Invalid e-mail or password"_s};
}

Error invalidToken()
{
    return {Errc::InvalidToken, u"Invalid token"_s};
}

bool mayLogIn(const UserRecord &user, bool peerIsLoopback)
{
    return !user.disabled && (peerIsLoopback || !user.loopbackOnly);
}

AccountsWorker::AccountsWorker(AuthenticatorSettings settings, const PasswordHasher &hasher)
    : m_settings([&settings] {
        settings.clock = plausibleClock(settings.clock);
        return std::move(settings);
    }())
    , m_hasher(hasher)
{ }

AccountsWorker::~AccountsWorker() = default;

Result<AccountsSnapshot> AccountsWorker::open(const DatabaseTarget &target)
{
    auto database = Database::open(target);
    if (!database)
        return database.error();
    m_database = std::move(*database);
    m_store.emplace(*m_database, m_settings.clock);
    m_apiTokens.emplace(*m_database, m_settings.clock);
    m_hasher.prepare();
    if (auto done = provideDemoAccount(); !done)
        return done.error();
    if (const Result<void> disk = m_database->checkDisk(); !disk) {
        qCWarning(lcAuth).noquote()
            << disk.error().detail
            << "Logins by token work. Logins by password and changes of accounts work "
               "when it can be written again.";
    } else if (auto tidied = tidyUp(); !tidied) {
        return tidied.error();
    }
    // Read before the snapshot: a change in between is then seen twice, not missed.
    const Result<qint64> changes = m_store->changes();
    if (!changes)
        return changes.error();
    const Result<qint64> revocations = m_store->revocations();
    if (!revocations)
        return revocations.error();
    m_seenChanges = *changes;
    m_seenRevocations = *revocations;
    return snapshot();
}

Result<void> AccountsWorker::tidyUp()
{
    if (auto mended = m_store->mendDates(); !mended)
        return mended;
    if (auto removed = m_store->removeExpiredTokens(); !removed)
        return removed.error();
    return {};
}

Result<void> AccountsWorker::provideDemoAccount()
{
    // Checked first, because hashing takes time.
    const Result<qint64> users = m_store->userCount();
    if (!users)
        return users.error();
    if (*users == 0) {
        const Result<QString> hash = m_hasher.hash(demoPassword);
        if (!hash)
            return hash.error();
        if (auto added = m_store->addDemoUser(*hash); !added)
            return added.error();
    }
    const auto demo = m_store->findUser(demoEmail.toString());
    if (!demo)
        return demo.error();
    if (*demo && (*demo)->loopbackOnly)
        qCWarning(lcAuth).noquote()
            << "The demo account" << demoEmail
            << "exists; it is accepted from loopback addresses only. Replace it with an "
               "account of your own: frps user add EMAIL";
    return {};
}

Result<std::optional<UserRecord>> AccountsWorker::findUser(const QString &email)
{
    if (!m_store)
        return trouble({Errc::Storage, u"The database is not open."_s});
    auto user = m_store->findUser(email);
    if (!user)
        return trouble(user.error());
    noteSuccess();
    return user;
}

AccountsWorker::Outcome AccountsWorker::finishPasswordLogin(
    const UserRecord &verified, const QString &newHash)
{
    // While the password was verified, the account may have been removed, replaced or disabled.
    const auto current = findUser(verified.email);
    if (!current)
        return {current.error(), {}};
    const std::optional<UserRecord> &user = *current;
    if (!user || user->id != verified.id || user->passwordHash != verified.passwordHash || user->disabled)
        return {invalidCredentials(), {}};
    if (!newHash.isNull()) {
        if (auto done = m_store->replacePasswordHash(user->id, user->passwordHash, newHash); !done)
            return {trouble(done.error()), {}};
    }
    const QString token = newToken();
    std::optional<qint64> expiry;
    if (lifetimeMs() > 0)
        expiry = m_settings.clock() + lifetimeMs();
    const auto added = m_store->addToken(user->id, tokenHash(token), tokenPrefix(token), expiry);
    if (!added) {
        if (added.error().code == Errc::NotFound)
            return {invalidCredentials(), {}};
        return {trouble(added.error()), {}};
    }
    return {Login{.userId = user->id,
                .email = user->email,
                .loopbackOnly = user->loopbackOnly,
                .token = token,
                .tokenId = *added,
                .tokenExpiresAtMs = expiry,
                .rights = user->rights},
        snapshotAfterChange()};
}

AccountsWorker::Outcome AccountsWorker::loginByToken(const QString &token, bool peerIsLoopback)
{
    if (!m_store)
        return {trouble({Errc::Storage, u"The database is not open."_s}), {}};
    const QByteArray hash = tokenHash(token);
    const auto found = m_store->findToken(hash);
    if (!found)
        return {trouble(found.error()), {}};
    noteSuccess();
    if (!*found)
        return {invalidToken(), {}};
    const TokenRecord &record = **found;
    if (record.expiresAtMs && *record.expiresAtMs <= m_settings.clock()) {
        if (auto removed = m_store->removeToken(hash); !removed)
            (void)trouble(removed.error()); // the login is refused all the same
        return {invalidToken(), snapshotAfterChange()};
    }
    if (!mayLogIn(record.user, peerIsLoopback))
        return {invalidToken(), {}};
    // Not every login needs the write lock, and a failure to note the use does not refuse the login.
    const qint64 sinceUse = m_settings.clock() - record.lastUsedAtMs;
    if (sinceUse >= tokenTouchIntervalMs || sinceUse < 0) { // negative: it was used while the clock was ahead
        if (auto touched = m_store->touchTokens({record.id}, lifetimeMs()); !touched)
            (void)trouble(touched.error());
    }
    return {Login{.userId = record.user.id,
                .email = record.user.email,
                .loopbackOnly = record.user.loopbackOnly,
                .token = {},
                .tokenId = record.id,
                .tokenExpiresAtMs = record.expiresAtMs,
                .rights = record.user.rights},
        {}};
}

AccountsWorker::Changes AccountsWorker::poll(const std::vector<qint64> &usedApiTokens)
{
    if (!m_store)
        return {};
    if (auto touched = m_apiTokens->touch(usedApiTokens); !touched)
        (void)trouble(touched.error()); // noted when they are used again
    const Result<qint64> changes = m_store->changes();
    const Result<qint64> revocations = changes ? m_store->revocations() : changes;
    if (!revocations) {
        (void)trouble(revocations.error());
        return {.snapshot = {}, .revoked = false, .failed = true};
    }
    noteSuccess();
    Changes seen;
    if (*changes != m_seenChanges || !usedApiTokens.empty()) {
        seen.snapshot = snapshotAfterChange();
        if (seen.snapshot)
            m_seenChanges = *changes; // otherwise the next poll tries again
    }
    seen.revoked = *revocations != std::exchange(m_seenRevocations, *revocations);
    return seen;
}

Result<LoginCheck> AccountsWorker::checkLogins(const std::vector<LoginRef> &logins, bool inUse)
{
    if (!m_store)
        return trouble({Errc::Storage, u"The database is not open."_s});
    auto check = m_store->checkLogins(logins);
    if (!check)
        return trouble(check.error());
    if (!inUse)
        return check;
    std::vector<qint64> used;
    used.reserve(logins.size());
    for (const LoginRef &login : logins)
        used.push_back(login.tokenId);
    if (auto touched = m_store->touchTokens(used, lifetimeMs()); !touched)
        (void)trouble(touched.error()); // noted the next time
    return check;
}

qint64 AccountsWorker::lifetimeMs() const
{
    return m_settings.tokenLifetimeDays * msPerDay;
}

Result<AccountsSnapshot> AccountsWorker::snapshot()
{
    auto users = m_store->listUsers(AccountsSnapshot::maxListed);
    if (!users)
        return users.error();
    auto tokens = m_store->listTokens(AccountsSnapshot::maxListed);
    if (!tokens)
        return tokens.error();
    const Result<qint64> tokenCount = m_store->tokenCount();
    if (!tokenCount)
        return tokenCount.error();
    auto apiTokens = m_apiTokens->list();
    if (!apiTokens)
        return apiTokens.error();
    AccountsSnapshot result{.users = {},
        .tokens = std::move(*tokens),
        .tokenCount = *tokenCount,
        .apiTokens = std::move(*apiTokens)};
    result.users.reserve(qsizetype(users->size()));
    for (const UserRecord &user : *users)
        result.users.append(user.email);
    return result;
}

std::optional<AccountsSnapshot> AccountsWorker::snapshotAfterChange()
{
    auto result = snapshot();
    if (!result) {
        (void)trouble(result.error());
        return {};
    }
    noteSuccess();
    return std::move(*result);
}

Error AccountsWorker::trouble(const Error &cause)
{
    // Logged at intervals only: a peer that keeps trying must not fill the log, also while some operations
    // work (reading from a full disk) and others do not.
    const qint64 now = steadyMs();
    if (!m_lastComplaintMs || now - *m_lastComplaintMs >= complaintIntervalMs) {
        m_lastComplaintMs = now;
        m_inTrouble = true;
        qCCritical(lcAuth).noquote() << "Cannot check accounts:" << cause.detail;
    }
    return {Errc::Storage, u"The server cannot check accounts right now"_s};
}

void AccountsWorker::noteSuccess()
{
    if (std::exchange(m_inTrouble, false))
        qCInfo(lcAuth) << "Accounts can be checked again";
}

} // namespace frpx::server
