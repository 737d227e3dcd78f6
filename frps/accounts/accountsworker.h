// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/accounts/accounttypes.h"
#include "frps/store/databasetarget.h"

#include <QObject>

#include <memory>

namespace frpx::server {

class Database;

/// The Authenticator's access to the database. Lives on the store thread, where every function is called and
/// the connection is opened and closed. Logs failures; the errors that it returns may be sent to a peer,
/// except open()'s.
class AccountsWorker : public QObject
{
    Q_OBJECT

public:
    /// The result of a login, and the new snapshot if the login changed the accounts.
    struct Outcome
    {
        Result<Login> login;
        std::optional<AccountsSnapshot> snapshot;
    };

    /// \a hasher must outlive the worker.
    AccountsWorker(AuthenticatorSettings settings, const PasswordHasher &hasher);
    ~AccountsWorker() override;

    /// Opens the store and adds the demo account if there is no account. The error is for the log.
    Result<AccountsSnapshot> open(const DatabaseTarget &target);
    Result<std::optional<UserRecord>> findUser(const QString &email);
    /// Issues a token to \a verified unless the account has changed since its password was verified.
    /// \a newHash replaces the old one unless it is null.
    Outcome finishPasswordLogin(const UserRecord &verified, const QString &newHash);
    Outcome loginByToken(const QString &token, bool peerIsLoopback);
    /// What has changed since the last call.
    struct Changes
    {
        std::optional<AccountsSnapshot> snapshot; ///< set if there is a change
        bool revoked = false; ///< a login may have ended, or its rights may have changed
        bool failed = false; ///< the database does not answer
    };
    /// First notes the use of the API tokens \a usedApiTokens.
    Changes poll(const std::vector<qint64> &usedApiTokens);
    /// Returns which of \a logins have ended; with \a inUse notes that the tokens of the others are used.
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

/// One text for an unknown address, a wrong password and an account that must not log in from this address.
Error invalidCredentials();
Error invalidToken();
/// Whether \a user may log in from a peer of this kind.
bool mayLogIn(const UserRecord &user, bool peerIsLoopback);

} // namespace frpx::server
