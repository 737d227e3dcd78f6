// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/auth/accountsworker.h"
#include "frps/auth/accounttypes.h"
#include "frps/auth/apitokens.h"
#include "frps/auth/loginservice.h"
#include "frps/auth/secretbytes.h"

#include <QObject>
#include <QPointer>
#include <QThread>
#include <QThreadPool>
#include <QTimer>

#include <atomic>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>

namespace frpx::server {

/// Decides who may log in. Lives on the control thread and never blocks it: the database has a thread of its
/// own, passwords are hashed in a small pool.
///
/// A login by password goes store (find the user) → pool (hash) → store (issue a token), a login by token
/// only store. An unknown address costs the same work as a wrong password, and both read the same.
class Authenticator : public QObject, public LoginService
{
    Q_OBJECT

public:
    explicit Authenticator(AuthenticatorSettings settings = {}, QObject *parent = nullptr);
    /// Waits for the jobs that are running, at most some seconds; delivers nothing afterwards.
    ~Authenticator() override;

    /// Opens the store in \a dataDirectory; ready() or failed() follows. Call once. Logins may be asked for
    /// at once and wait for it.
    void start(const QString &dataDirectory);

    void loginByPassword(const QString &email, const QString &password, bool peerIsLoopback, QObject *context,
        Done done) override;
    void loginByToken(const QString &token, bool peerIsLoopback, QObject *context, Done done) override;

    /// Empty until ready().
    const AccountsSnapshot &snapshot() const { return m_snapshot; }
    /// Who may use the HTTP API. Changes of other programs are seen within the poll interval.
    ApiTokens &apiTokens() { return m_apiTokens; }

Q_SIGNALS:
    void ready();
    /// The store cannot be opened; every login fails from now on. The sentence is for the operator.
    void failed(const frpx::Error &error);
    void snapshotChanged();

private:
    enum class State { Idle, Starting, Ready, Failed };

    struct Request
    {
        QPointer<QObject> context;
        Done done;
        bool peerIsLoopback = false;
        SecretBytes password;
        std::optional<UserRecord> user; ///< none: the work is done, the answer is no
    };
    struct Verdict
    {
        bool accepted = false;
        QString newHash; ///< null: the old one is good
    };
    class HashJob;

    std::optional<quint64> enqueue(QObject *context, Done done, bool peerIsLoopback);
    void finish(quint64 id, const Result<Login> &result);
    void finishLater(quint64 id, const Result<Login> &result);
    bool isAbandoned(quint64 id);
    void onOpened(const Result<AccountsSnapshot> &opened);
    void onUserLookedUp(quint64 id, const Result<std::optional<UserRecord>> &found);
    void startHashing();
    void postVerdict(quint64 id, const Verdict &verdict);
    void onHashed(quint64 id, const Verdict &verdict);
    void onOutcome(quint64 id, const AccountsWorker::Outcome &outcome);
    void pollForChanges();
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
    std::deque<quint64> m_toHash;
    int m_hashing = 0;
    QTimer m_pollTimer;
    bool m_polling = false;

    std::atomic<bool> m_stopping = false;
    AccountsWorker *m_worker = nullptr; // deletes itself when its thread ends
    QThread m_storeThread;
    QThreadPool m_hashPool;
};

} // namespace frpx::server
