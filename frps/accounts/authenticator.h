// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/accounts/accountsworker.h"
#include "frps/accounts/accounttypes.h"
#include "frps/accounts/apitokens.h"
#include "frps/accounts/logincache.h"
#include "frps/accounts/loginqueue.h"
#include "frps/accounts/loginservice.h"
#include "frps/accounts/secretbytes.h"

#include <QObject>
#include <QPointer>
#include <QThread>
#include <QThreadPool>
#include <QTimer>

#include <atomic>
#include <functional>
#include <optional>
#include <unordered_map>

namespace frpx::server {

/// Checks logins. Lives on the control thread and never blocks it: the database has its own thread, passwords
/// are hashed in a small pool.
///
/// A login by password waits for its turn (see LoginQueue), then goes through store (find the account) → pool
/// (hash) → store (issue a token). A login by token goes to the store at once; while the database does not
/// answer, the LoginCache answers. An unknown address costs the same work as a wrong password and gets the
/// same answer.
class Authenticator : public QObject, public LoginService
{
    Q_OBJECT

public:
    explicit Authenticator(AuthenticatorSettings settings = {}, QObject *parent = nullptr);
    /// Waits for the jobs that run, at most some seconds; delivers nothing afterwards.
    ~Authenticator() override;

    /// Opens the store in \a target; ready() or failed() follows. Call once. Logins may be requested at once;
    /// they wait until the store is open.
    void start(const DatabaseTarget &target);

    void loginByPassword(const QString &email, const QString &password, const QHostAddress &peer,
        QObject *context, Done done) override;
    void loginByToken(const QString &token, const QHostAddress &peer, QObject *context, Done done) override;
    void checkLogins(const std::vector<LoginRef> &logins, QObject *context,
        const std::function<void(const Result<LoginCheck> &)> &done) override;

    /// Empty until ready().
    const AccountsSnapshot &snapshot() const { return m_snapshot; }
    /// The tokens of the HTTP API. Changes by other programs are seen within the poll interval.
    ApiTokens &apiTokens() { return m_apiTokens; }

Q_SIGNALS:
    void ready();
    /// The store cannot be opened; every login fails from now on. The detail is for the operator.
    void failed(const frpx::Error &error);
    void snapshotChanged();
    /// A login may have ended, or its rights may have changed: call checkLogins().
    void loginsRevoked();

private:
    enum class State { Idle, Starting, Ready, Failed };

    struct Request
    {
        QPointer<QObject> context;
        Done done;
        bool peerIsLoopback = false;
        bool byPassword = false;
        QByteArray tokenHash; ///< by token
        QString email;
        SecretBytes password;
        std::optional<UserRecord> user; ///< nullopt: unknown; its password is hashed all the same
    };
    struct Verdict
    {
        bool accepted = false;
        QString newHash; ///< null: keep the old one
    };
    class HashJob;

    std::optional<quint64> enqueue(Request request);
    void answerBusy(const QPointer<QObject> &context, Done done);
    std::optional<Request> take(quint64 id);
    void finish(quint64 id, const Result<Login> &result);
    void finishLater(quint64 id, const Result<Login> &result);
    bool isAbandoned(quint64 id);
    void onOpened(const Result<AccountsSnapshot> &opened);
    void onUserLookedUp(quint64 id, const Result<std::optional<UserRecord>> &found);
    void startNext();
    void leaveSlot();
    void postVerdict(quint64 id, const Verdict &verdict);
    void onHashed(quint64 id, const Verdict &verdict);
    void onOutcome(quint64 id, const AccountsWorker::Outcome &outcome);
    void pollForChanges();
    void onPolled(const AccountsWorker::Changes &changes);
    void onStoreSilent();
    void pruneCache();
    qint64 now() const;
    std::optional<Login> cached(const Request &request) const;
    void setSnapshot(const AccountsSnapshot &snapshot);

    template <typename Work, typename Then>
    void onStore(Work work, Then then);

    const AuthenticatorSettings m_settings;
    const PasswordHasher m_hasher;
    State m_state = State::Idle;
    AccountsSnapshot m_snapshot;
    ApiTokens m_apiTokens;

    std::unordered_map<quint64, Request> m_requests;
    quint64 m_lastId = 0;
    LoginQueue m_waiting; ///< by password
    /// Logins by password whose account is being looked up or whose password is being hashed.
    int m_slotsInUse = 0;
    size_t m_tokenLogins = 0;
    LoginCache m_cache;
    bool m_storeIsAway = false;
    QTimer m_pollTimer;
    bool m_polling = false;

    std::atomic<bool> m_stopping = false;
    AccountsWorker *m_worker = nullptr; // deletes itself when its thread ends
    QThread m_storeThread;
    QThreadPool m_hashPool;
};

} // namespace frpx::server
