// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/auth/authenticator.h"

#include "common/core/logging.h"
#include "frps/auth/token.h"

#include <QRunnable>

#include <utility>

using namespace Qt::StringLiterals;

namespace frpx::server {

/// Verifies one password in the pool and hands the verdict to \a deliver, there.
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
    , m_settings(std::move(settings))
    , m_hasher(m_settings.passwordCost)
    , m_apiTokens(m_settings.clock)
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
    // What the threads have posted to this object goes with it.
}

/// Runs \a work(worker) on the store thread and \a then(its result) here. Requests bound the queue, except
/// for one start and one poll.
template <typename Work, typename Then>
void Authenticator::onStore(Work work, Then then)
{
    // The destructor waits for the store thread, so `this` is there as long as the worker.
    const auto job = [this, work = std::move(work), then = std::move(then)] {
        if (m_stopping)
            return;
        auto result = work(*m_worker);
        QMetaObject::invokeMethod(
            this, [then, result = std::move(result)] { then(result); }, Qt::QueuedConnection);
    };
    QMetaObject::invokeMethod(m_worker, job, Qt::QueuedConnection);
}

void Authenticator::start(const QString &dataDirectory)
{
    Q_ASSERT(m_state == State::Idle);
    m_state = State::Starting;
    m_worker = new AccountsWorker(m_settings, m_hasher);
    m_worker->moveToThread(&m_storeThread);
    QObject::connect(&m_storeThread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_storeThread.start();
    onStore([dataDirectory](AccountsWorker &worker) { return worker.open(dataDirectory); },
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
    qCInfo(lcAuth) << "Accounts are open:" << m_snapshot.users.size() << "users," << m_snapshot.tokenCount
                   << "tokens";
    Q_EMIT ready();
}

std::optional<quint64> Authenticator::enqueue(QObject *context, Done done, bool peerIsLoopback)
{
    Q_ASSERT(
        context && context->thread() == QThread::currentThread() && thread() == QThread::currentThread());
    if (m_requests.size() >= m_settings.maxQueued) {
        // Posted to this object, not to the context, so that nothing arrives after this object is gone.
        QMetaObject::invokeMethod(
            this,
            [guard = QPointer<QObject>(context), done = std::move(done)] {
                if (guard)
                    done(Error{Errc::Busy, u"The server is busy, try again in a moment"_s});
            },
            Qt::QueuedConnection);
        return {};
    }
    const quint64 id = ++m_lastId;
    m_requests.emplace(id,
        Request{.context = context,
            .done = std::move(done),
            .peerIsLoopback = peerIsLoopback,
            .password = {},
            .user = {}});
    if (m_state == State::Idle || m_state == State::Failed) {
        finishLater(id, Error{Errc::Storage, u"The server cannot check accounts right now"_s});
        return {};
    }
    return id;
}

void Authenticator::finish(quint64 id, const Result<Login> &result)
{
    const auto node = m_requests.extract(id);
    if (!node.empty() && node.mapped().context)
        node.mapped().done(result);
}

void Authenticator::finishLater(quint64 id, const Result<Login> &result)
{
    QMetaObject::invokeMethod(
        this, [this, id, result] { finish(id, result); }, Qt::QueuedConnection);
}

/// Spares the rest of the work when nobody waits for it any more.
bool Authenticator::isAbandoned(quint64 id)
{
    const auto request = m_requests.find(id);
    if (request == m_requests.end())
        return true;
    if (request->second.context)
        return false;
    m_requests.erase(request);
    return true;
}

void Authenticator::loginByPassword(
    const QString &email, const QString &password, bool peerIsLoopback, QObject *context, Done done)
{
    const std::optional<quint64> id = enqueue(context, std::move(done), peerIsLoopback);
    if (!id)
        return;
    // What cannot be anybody's password is verified as the empty one, which is nobody's: same work, same
    // answer.
    SecretBytes secret(password);
    if (checkPassword(secret.view()))
        m_requests.at(*id).password = std::move(secret);
    onStore([email](AccountsWorker &worker) { return worker.findUser(email); },
        [this, id = *id](const Result<std::optional<UserRecord>> &found) { onUserLookedUp(id, found); });
}

void Authenticator::onUserLookedUp(quint64 id, const Result<std::optional<UserRecord>> &found)
{
    if (!found) {
        finish(id, found.error());
        return;
    }
    if (isAbandoned(id))
        return;
    Request &request = m_requests.at(id);
    if (*found && mayLogIn(**found, request.peerIsLoopback))
        request.user = *found;
    m_toHash.push_back(id);
    startHashing();
}

void Authenticator::startHashing()
{
    while (m_hashing < m_settings.hashThreads && !m_toHash.empty()) {
        const quint64 id = m_toHash.front();
        m_toHash.pop_front();
        if (isAbandoned(id))
            continue;
        Request &request = m_requests.at(id);
        ++m_hashing;
        const auto deliver = [this, id](const Verdict &verdict) { postVerdict(id, verdict); };
        m_hashPool.start(new HashJob(m_hasher, std::move(request.password),
            request.user ? request.user->passwordHash : QString(), deliver)); // the pool deletes it
    }
}

/// Called in the pool; the destructor waits for it.
void Authenticator::postVerdict(quint64 id, const Verdict &verdict)
{
    QMetaObject::invokeMethod(
        this, [this, id, verdict] { onHashed(id, verdict); }, Qt::QueuedConnection);
}

void Authenticator::onHashed(quint64 id, const Verdict &verdict)
{
    --m_hashing;
    startHashing();
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

void Authenticator::loginByToken(const QString &token, bool peerIsLoopback, QObject *context, Done done)
{
    const std::optional<quint64> id = enqueue(context, std::move(done), peerIsLoopback);
    if (!id)
        return;
    if (!isTokenShaped(token)) {
        finishLater(*id, invalidToken());
        return;
    }
    onStore([token, peerIsLoopback](
                AccountsWorker &worker) { return worker.loginByToken(token, peerIsLoopback); },
        [this, id = *id](const AccountsWorker::Outcome &outcome) { onOutcome(id, outcome); });
}

void Authenticator::onOutcome(quint64 id, const AccountsWorker::Outcome &outcome)
{
    const QPointer<Authenticator> self(this);
    if (outcome.snapshot)
        setSnapshot(*outcome.snapshot); // before the answer: who asks then sees the new token
    if (self)
        finish(id, outcome.login);
}

void Authenticator::pollForChanges()
{
    if (std::exchange(m_polling, true))
        return;
    onStore([used = m_apiTokens.takeUsed()](AccountsWorker &worker) { return worker.poll(used); },
        [this](const std::optional<AccountsSnapshot> &changed) {
            m_polling = false;
            if (changed)
                setSnapshot(*changed);
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
