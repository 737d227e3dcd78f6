// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/authenticator.h"

#include "common/core/logging.h"
#include "common/core/walltime.h"
#include "frps/accounts/token.h"

#include <QRunnable>

#include <utility>

using namespace Qt::StringLiterals;

namespace frpx::server {

/// Verifies one password in the pool and calls \a deliver with the verdict, in the pool's thread.
class Authenticator::HashJob : public QRunnable
{
public:
    using Deliver = std::function<void(const Verdict &)>;

    HashJob(const PasswordHasher &hasher, SecretBytes password, QString hash, Deliver deliver)
        : m_hasher(hasher)
        , m_password(std::move(password))
        , m_hash(std::move(hash))
        , m_deliver(std::move(deliver))
    { }

    void run() override { m_deliver(verdict()); }

private:
    Verdict verdict() const
    {
        if (m_hash.isNull())
            return {.accepted = m_hasher.verifyNothing(m_password.view()), .newHash = {}};
        if (!m_hasher.verify(m_hash, m_password.view()))
            return {};
        Verdict accepted{.accepted = true, .newHash = {}};
        if (m_hasher.needsRehash(m_hash)) {
            if (auto renewed = m_hasher.hash(m_password.view()))
                accepted.newHash = *renewed;
        }
        return accepted;
    }

    const PasswordHasher &m_hasher;
    const SecretBytes m_password;
    const QString m_hash; // null: no such account
    const Deliver m_deliver;
};

Authenticator::Authenticator(AuthenticatorSettings settings, QObject *parent)
    : QObject(parent)
    , m_settings([&settings] {
        settings.clock = plausibleClock(settings.clock);
        return std::move(settings);
    }())
    , m_hasher(m_settings.passwordCost)
    , m_apiTokens(m_settings.clock)
    , m_waiting(m_settings.maxQueued, m_settings.maxQueuedPerSource)
{
    m_storeThread.setObjectName(u"store"_s);
    m_hashPool.setObjectName(u"hash"_s);
    m_hashPool.setMaxThreadCount(m_settings.hashThreads);
    m_pollTimer.setTimerType(Qt::CoarseTimer);
    m_pollTimer.setInterval(m_settings.pollInterval);
    QObject::connect(&m_pollTimer, &QTimer::timeout, this, &Authenticator::pollForChanges);
}

Authenticator::~Authenticator()
{
    m_stopping = true;
    m_hashPool.clear();
    m_hashPool.waitForDone();
    m_storeThread.quit();
    m_storeThread.wait();
    // Events that the threads have posted to this object are deleted with it.
}

/// Runs \a work(worker) on the store thread and \a then(its result) on this one. The limit of requests bounds
/// the queue; one start and one poll come on top.
template <typename Work, typename Then>
void Authenticator::onStore(Work work, Then then)
{
    // The destructor waits for the store thread, so `this` lives as long as the worker.
    const auto job = [this, work = std::move(work), then = std::move(then)] {
        if (m_stopping)
            return;
        auto result = work(*m_worker);
        QMetaObject::invokeMethod(
            this, [then, result = std::move(result)] { then(result); }, Qt::QueuedConnection);
    };
    QMetaObject::invokeMethod(m_worker, job, Qt::QueuedConnection);
}

void Authenticator::start(const DatabaseTarget &target)
{
    Q_ASSERT(m_state == State::Idle);
    m_state = State::Starting;
    m_worker = new AccountsWorker(m_settings, m_hasher);
    m_worker->moveToThread(&m_storeThread);
    QObject::connect(&m_storeThread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_storeThread.start();
    onStore([target](AccountsWorker &worker) { return worker.open(target); },
        [this](const Result<AccountsSnapshot> &opened) { onOpened(opened); });
}

void Authenticator::onOpened(const Result<AccountsSnapshot> &opened)
{
    if (!opened) {
        m_state = State::Failed;
        qCCritical(lcAuth).noquote() << "Cannot open the accounts:" << opened.error().detail;
        Q_EMIT failed(opened.error());
        return;
    }
    m_state = State::Ready;
    m_pollTimer.start();
    m_snapshot = *opened;
    m_apiTokens.set(m_snapshot.apiTokens);
    qCInfo(lcAuth) << "Accounts are open:" << m_snapshot.users.size() << "accounts," << m_snapshot.tokenCount
                   << "tokens";
    Q_EMIT ready();
}

/// Adds a login; nullopt if it has been answered already.
std::optional<quint64> Authenticator::enqueue(Request request)
{
    Q_ASSERT(request.context && request.context->thread() == QThread::currentThread()
        && thread() == QThread::currentThread());
    const size_t alike = request.byPassword ? m_requests.size() - m_tokenLogins : m_tokenLogins;
    // Logins by password are bounded by m_waiting; on top come those that are being hashed or stored.
    const size_t room = request.byPassword ? 2 * m_settings.maxQueued : m_settings.maxQueued;
    if (alike >= room) {
        answerBusy(request.context, std::move(request.done));
        return {};
    }
    const quint64 id = ++m_lastId;
    m_tokenLogins += request.byPassword ? 0 : 1;
    m_requests.emplace(id, std::move(request));
    if (m_state == State::Idle || m_state == State::Failed) {
        finishLater(id, Error{Errc::Storage, u"The server cannot check accounts right now"_s});
        return {};
    }
    return id;
}

void Authenticator::answerBusy(const QPointer<QObject> &context, Done done)
{
    // Posted to this object, not to the context, so that nothing is delivered after this object is destroyed.
    QMetaObject::invokeMethod(
        this,
        [context, done = std::move(done)] {
            if (context)
                done(Error{Errc::Busy, u"The server is busy, try again in a moment"_s});
        },
        Qt::QueuedConnection);
}

std::optional<Authenticator::Request> Authenticator::take(quint64 id)
{
    auto node = m_requests.extract(id);
    if (node.empty())
        return {};
    m_tokenLogins -= node.mapped().byPassword ? 0 : 1;
    return std::move(node.mapped());
}

void Authenticator::finish(quint64 id, const Result<Login> &result)
{
    const std::optional<Request> request = take(id);
    if (request && request->context)
        request->done(result);
}

void Authenticator::finishLater(quint64 id, const Result<Login> &result)
{
    QMetaObject::invokeMethod(
        this, [this, id, result] { finish(id, result); }, Qt::QueuedConnection);
}

/// True: nothing waits for the request any longer, so it is dropped.
bool Authenticator::isAbandoned(quint64 id)
{
    const auto request = m_requests.find(id);
    if (request == m_requests.end())
        return true;
    if (request->second.context)
        return false;
    (void)take(id);
    return true;
}

void Authenticator::loginByPassword(
    const QString &email, const QString &password, const QHostAddress &peer, QObject *context, Done done)
{
    Request request;
    request.context = context;
    request.done = std::move(done);
    request.peerIsLoopback = peer.isLoopback();
    request.byPassword = true;
    request.email = email;
    // A password that no account can have is verified as the empty one, which no account has either: same
    // work, same answer.
    SecretBytes secret(password);
    if (checkPassword(secret.view()))
        request.password = std::move(secret);
    const std::optional<quint64> id = enqueue(std::move(request));
    if (!id)
        return;
    if (const std::optional<quint64> loser = m_waiting.push(peer, *id)) {
        if (std::optional<Request> refused = take(*loser))
            answerBusy(refused->context, std::move(refused->done));
    }
    startNext();
}

/// Each login holds a slot from here until its password is hashed.
void Authenticator::startNext()
{
    while (m_slotsInUse < m_settings.hashThreads) {
        const std::optional<quint64> id = m_waiting.pop();
        if (!id)
            return;
        if (isAbandoned(*id))
            continue;
        ++m_slotsInUse;
        onStore([email = m_requests.at(*id).email](AccountsWorker &worker) { return worker.findUser(email); },
            [this, id = *id](const Result<std::optional<UserRecord>> &found) { onUserLookedUp(id, found); });
    }
}

void Authenticator::leaveSlot()
{
    --m_slotsInUse;
    startNext();
}

void Authenticator::onUserLookedUp(quint64 id, const Result<std::optional<UserRecord>> &found)
{
    if (isAbandoned(id))
        return leaveSlot();
    if (!found) {
        leaveSlot();
        return finish(id, found.error());
    }
    Request &request = m_requests.at(id);
    if (*found && mayLogIn(**found, request.peerIsLoopback))
        request.user = *found;
    const auto deliver = [this, id](const Verdict &verdict) { postVerdict(id, verdict); };
    m_hashPool.start(new HashJob(m_hasher, std::move(request.password),
        request.user ? request.user->passwordHash : QString(), deliver)); // the pool deletes it
}

/// Called in the pool; the destructor waits for it.
void Authenticator::postVerdict(quint64 id, const Verdict &verdict)
{
    QMetaObject::invokeMethod(
        this, [this, id, verdict] { onHashed(id, verdict); }, Qt::QueuedConnection);
}

void Authenticator::onHashed(quint64 id, const Verdict &verdict)
{
    leaveSlot();
    if (isAbandoned(id))
        return;
    if (!verdict.accepted) {
        finish(id, invalidCredentials());
        return;
    }
    onStore([user = *m_requests.at(id).user, newHash = verdict.newHash](
                AccountsWorker &worker) { return worker.finishPasswordLogin(user, newHash); },
        [this, id](const AccountsWorker::Outcome &outcome) { onOutcome(id, outcome); });
}

void Authenticator::loginByToken(const QString &token, const QHostAddress &peer, QObject *context, Done done)
{
    Request request;
    request.context = context;
    request.done = std::move(done);
    request.peerIsLoopback = peer.isLoopback();
    const bool isShaped = isTokenShaped(token);
    if (isShaped)
        request.tokenHash = tokenHash(token);
    const std::optional<quint64> id = enqueue(std::move(request));
    if (!id)
        return;
    if (!isShaped) {
        finishLater(*id, invalidToken());
        return;
    }
    if (m_storeIsAway) {
        if (const std::optional<Login> login = cached(m_requests.at(*id))) {
            finishLater(*id, *login);
            return;
        }
    }
    onStore([token, isLoopback = peer.isLoopback()](
                AccountsWorker &worker) { return worker.loginByToken(token, isLoopback); },
        [this, id = *id](const AccountsWorker::Outcome &outcome) { onOutcome(id, outcome); });
}

void Authenticator::checkLogins(const std::vector<LoginRef> &logins, QObject *context,
    const std::function<void(const Result<LoginCheck> &)> &done)
{
    if (m_state != State::Ready)
        return; // no login can have succeeded yet
    onStore([logins](AccountsWorker &worker) { return worker.checkLogins(logins, true); },
        [guard = QPointer<QObject>(context), done](const Result<LoginCheck> &check) {
            if (guard)
                done(check);
        });
}

void Authenticator::onOutcome(quint64 id, const AccountsWorker::Outcome &outcome)
{
    Result<Login> result = outcome.login;
    if (const auto request = m_requests.find(id); request != m_requests.end()) {
        const QByteArray hash =
            result && !result->token.isEmpty() ? tokenHash(result->token) : request->second.tokenHash;
        if (result) {
            m_cache.confirm(hash, *result, now());
        } else if (result.error().code == Errc::InvalidToken) {
            m_cache.forget(hash);
        } else if (result.error().code == Errc::Storage) {
            if (const std::optional<Login> login = cached(request->second))
                result = *login;
        }
    }
    const QPointer<Authenticator> self(this);
    if (outcome.snapshot)
        setSnapshot(*outcome.snapshot); // before the answer: its receiver must see the new token
    if (self)
        finish(id, result);
}

std::optional<Login> Authenticator::cached(const Request &request) const
{
    return m_cache.find(request.tokenHash, request.peerIsLoopback, now());
}

qint64 Authenticator::now() const
{
    return m_settings.clock();
}

void Authenticator::pollForChanges()
{
    if (std::exchange(m_polling, true))
        return onStoreSilent();
    onStore([used = m_apiTokens.takeUsed()](AccountsWorker &worker) { return worker.poll(used); },
        [this](const AccountsWorker::Changes &changes) { onPolled(changes); });
}

void Authenticator::onPolled(const AccountsWorker::Changes &changes)
{
    m_polling = false;
    m_storeIsAway = changes.failed;
    const QPointer<Authenticator> self(this);
    if (changes.snapshot)
        setSnapshot(*changes.snapshot);
    if (!self || !changes.revoked)
        return;
    pruneCache();
    Q_EMIT loginsRevoked();
}

/// A whole interval has passed without an answer from the database. Logins by known tokens are answered from
/// the cache instead of waiting.
void Authenticator::onStoreSilent()
{
    m_storeIsAway = true;
    std::vector<std::pair<quint64, Login>> known;
    for (const auto &[id, request] : m_requests) {
        if (request.byPassword)
            continue;
        if (const std::optional<Login> login = cached(request))
            known.emplace_back(id, *login);
    }
    for (const auto &[id, login] : known)
        finishLater(id, login);
}

void Authenticator::pruneCache()
{
    if (m_cache.size() == 0)
        return;
    onStore([logins = m_cache.logins()](AccountsWorker &worker) { return worker.checkLogins(logins, false); },
        [this](const Result<LoginCheck> &check) {
            if (check)
                m_cache.apply(*check);
            else
                m_cache = LoginCache(); // a cached login might have been revoked
        });
}

void Authenticator::setSnapshot(const AccountsSnapshot &snapshot)
{
    if (snapshot == m_snapshot)
        return;
    m_snapshot = snapshot;
    m_apiTokens.set(m_snapshot.apiTokens);
    Q_EMIT snapshotChanged();
}

} // namespace frpx::server
