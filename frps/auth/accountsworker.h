// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/auth/accounttypes.h"
#include "frps/store/databasetarget.h"

#include <QObject>

#include <memory>

namespace frpx::server {

class Database;

/// The Authenticator's hand on the database: lives on the store thread, where every function is called and
/// the connection is opened and closed. Logs what goes wrong; what it returns is fit for a peer, except
/// open()'s error.
class AccountsWorker : public QObject
{
    Q_OBJECT

public:
    /// What a login came to, and the new snapshot if it changed the accounts.
    struct Outcome
    {
        Result<Login> login;
        std::optional<AccountsSnapshot> snapshot;
    };

    /// \a hasher outlives the worker.
    AccountsWorker(AuthenticatorSettings settings, const PasswordHasher &hasher);
    ~AccountsWorker() override;

    /// Opens the store and makes the demo account if there is no other. The error is for the log.
    Result<AccountsSnapshot> open(const DatabaseTarget &target);
    Result<std::optional<UserRecord>> findUser(const QString &email);
    /// Issues a token to \a verified unless the account has changed since its password was verified.
    /// \a newHash replaces the old one unless it is null.
    Outcome finishPasswordLogin(const UserRecord &verified, const QString &newHash);
    Outcome loginByToken(const QString &token, bool peerIsLoopback);
    /// What has changed since the last call.
    struct Changes
    {
        std::optional<AccountsSnapshot> snapshot; ///< if anything has
        bool revoked = false; ///< somebody may have lost a login, or got other rights
        bool failed = false; ///< the database does not answer
    };
    /// Notes first that those API tokens have been used.
    Changes poll(const std::vector<qint64> &usedApiTokens);
    /// Which of \a logins are good no more; with \a inUse notes that the tokens of the others are used.
    Result<LoginCheck> checkLogins(const std::vector<LoginRef> &logins, bool inUse);

private:
    Result<void> tidyUp();
    Result<void> provideDemoAccount();
    qint64 lifetimeMs() const;
    Result<AccountsSnapshot> snapshot();
    std::optional<AccountsSnapshot> snapshotAfterChange();
    Error trouble(const Error &cause);
    void noteSuccess();

    const AuthenticatorSettings m_settings;
    const PasswordHasher &m_hasher;
    std::unique_ptr<Database> m_database;
    std::optional<AccountStore> m_store;
    std::optional<ApiTokenStore> m_apiTokens;
    qint64 m_seenChanges = -1;
    qint64 m_seenRevocations = -1;
    bool m_inTrouble = false;
    std::optional<qint64> m_lastComplaintMs;
};

/// One text for an unknown address, a wrong password and an account that may not log in from there.
Error invalidCredentials();
Error invalidToken();
/// Whether the account may be used by this peer at all.
bool mayLogIn(const UserRecord &user, bool peerIsLoopback);

} // namespace frpx::server
