// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/portkeeper.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/core/walltime.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr int maxAttempts = 5; // other programs may keep changing the leases
constexpr qint64 complaintIntervalMs = 60'000;

Error storeTrouble()
{
    return {Errc::Storage, u"The server cannot store port leases right now"_s};
}

} // namespace

PortKeeper::PortKeeper(PortKeeperSettings settings, QObject *parent)
    : QObject(parent)
    , m_settings(std::move(settings))
    , m_table(m_settings.allowed)
{
    m_storeThread.setObjectName(u"leases"_s);
    m_pollTimer.setTimerType(Qt::CoarseTimer);
    m_pollTimer.setInterval(m_settings.pollInterval);
    QObject::connect(&m_pollTimer, &QTimer::timeout, this, &PortKeeper::pollForChanges);
}

PortKeeper::~PortKeeper()
{
    m_stopping = true;
    // The use of a lease need not be stored, but an orderly stop does store it.
    std::vector<LeaseWorker::Changes> touched;
    const auto gather = [&touched](const Job &job) {
        if (!job.changes.empty() && job.changes.front().kind == LeaseChange::Kind::Touch)
            touched.push_back(job.changes);
    };
    std::for_each(m_committing.begin(), m_committing.end(), gather);
    std::for_each(m_queue.begin(), m_queue.end(), gather);
    if (m_state == State::Ready && !touched.empty()) {
        QMetaObject::invokeMethod(
            m_worker, [this, &touched] { (void)m_worker->apply(touched); }, Qt::BlockingQueuedConnection);
    }
    m_storeThread.quit();
    m_storeThread.wait();
    // Events that the thread has posted to this object are deleted with it.
}

/// Runs \a work(worker) on the store thread and \a then(its result) on this one. There is at most one commit
/// and one poll at a time.
template <typename Work, typename Then>
void PortKeeper::onStore(Work work, Then then)
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

void PortKeeper::start(const DatabaseTarget &target)
{
    Q_ASSERT(m_state == State::Idle);
    m_state = State::Starting;
    m_worker = new LeaseWorker;
    m_worker->moveToThread(&m_storeThread);
    QObject::connect(&m_storeThread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_storeThread.start();
    onStore([target](LeaseWorker &worker) { return worker.open(target); },
        [this](const Result<std::vector<Lease>> &opened) { onOpened(opened); });
}

void PortKeeper::onOpened(const Result<std::vector<Lease>> &opened)
{
    if (!opened) {
        m_state = State::Failed;
        qCCritical(lcPorts).noquote() << "Cannot open the port leases:" << opened.error().detail;
        Q_EMIT failed(opened.error());
        return;
    }
    m_state = State::Ready;
    m_pollTimer.start();
    replace(*opened);
    qCInfo(lcPorts).noquote() << "Port leases are open:" << m_table.size() << "of"
                              << m_table.allowed().count() << "ports in" << m_table.allowed().toString();
    Q_EMIT ready();
}

/// Replaces the table by \a leases; ports that are about to be stored stay reserved.
void PortKeeper::replace(const std::vector<Lease> &leases)
{
    LeaseTable table(m_settings.allowed);
    for (const Lease &lease : leases) {
        if (!table.insert(lease)) // the database prevents that
            qCCritical(lcPorts) << "Port lease" << lease.id << "contradicts another one and is left out";
    }
    const auto keepReserved = [&table](const Job &job) {
        if (job.port > 0)
            table.setReserved(job.key.protocol, job.port, true);
    };
    std::for_each(m_committing.begin(), m_committing.end(), keepReserved);
    std::for_each(m_queue.begin(), m_queue.end(), keepReserved);
    m_table = std::move(table);
}

std::optional<quint16> PortKeeper::find(const LeaseKey &key) const
{
    const Lease *lease = m_table.find(key);
    return lease ? std::optional(lease->port) : std::nullopt;
}

std::optional<Error> PortKeeper::refusal() const
{
    if (m_state != State::Ready)
        return storeTrouble();
    if (m_queue.size() + m_committing.size() + m_waiting >= m_settings.maxQueued)
        return Error{Errc::Busy, u"The server is busy, try again in a moment"_s};
    return std::nullopt;
}

/// \return true if a job for \a key is under way; \a waiter is called after it.
bool PortKeeper::waitForJob(const LeaseKey &key, const Waiter &waiter)
{
    const auto busy = m_busyKeys.find(key);
    if (busy == m_busyKeys.end())
        return false;
    if (const auto error = refusal()) {
        waiter.fail(*error);
        return true;
    }
    busy->second.push_back(waiter);
    ++m_waiting;
    return true;
}

void PortKeeper::lease(const LeaseKey &key, quint16 wanted, const Leased &done)
{
    if (!m_busyKeys.contains(key)) { // nearly always
        const Lease *lease = m_table.find(key);
        if (lease && m_table.allowed().contains(lease->port))
            return done(lease->port);
    }
    if (auto good = checkLeaseKey(key); !good)
        return done(good.error());
    decide(key, wanted, done, 1);
}

void PortKeeper::decide(const LeaseKey &key, quint16 wanted, const Leased &done, int attempt)
{
    const auto fail = [done](const Error &error) { done(error); };
    if (waitForJob(key, {[=, this] { decide(key, wanted, done, attempt); }, fail}))
        return;
    if (const Lease *lease = m_table.find(key)) {
        if (m_table.allowed().contains(lease->port))
            return done(lease->port);
        return done(Error{Errc::Forbidden,
            u"Port %1 of this tunnel is not in the allowed ranges any more. The tunnel gets another port "
            "when this lease has been released"_s.arg(lease->port)});
    }
    if (const auto error = refusal())
        return done(*error);
    if (attempt > maxAttempts)
        return done(storeTrouble());

    Job job{.key = key,
        .changes = {},
        .succeed = [=, this] { decide(key, wanted, done, attempt + 1); },
        .fail = fail,
        .again = [=, this] { decide(key, wanted, done, attempt + 1); }};
    const Lease *inherited = m_table.inheritance(key);
    if (inherited && m_table.allowed().contains(inherited->port)) {
        job.port = inherited->port;
        // An import leases the port for both protocols; only the requested one remains.
        for (const PortProtocol protocol : {PortProtocol::Tcp, PortProtocol::Udp}) {
            const Lease *part = m_table.find(LeaseKey{{}, inherited->key.tunnel, protocol});
            if (part && part->imported)
                job.changes.push_back({LeaseChange::Kind::Remove, *part});
        }
    } else {
        job.port = m_table.choose(key.protocol, wanted);
        if (job.port == 0)
            return done(Error{Errc::NotFound,
                u"No free %1 port is left in the allowed ranges"_s.arg(protocolName(key.protocol))});
    }
    job.changes.push_back({LeaseChange::Kind::Add,
        {.id = 0, .key = key, .port = job.port, .createdAtMs = 0, .imported = false}});
    enqueue(std::move(job));
}

void PortKeeper::claim(const LeaseKey &key, quint16 port, const Leased &done)
{
    if (auto good = checkLeaseKey(key); !good)
        return done(good.error());
    decideClaim(key, port, done);
}

void PortKeeper::decideClaim(const LeaseKey &key, quint16 port, const Leased &done)
{
    const auto fail = [done](const Error &error) { done(error); };
    if (waitForJob(key, {[=, this] { decideClaim(key, port, done); }, fail}))
        return;
    const Lease *own = m_table.find(key);
    if (own && own->port == port)
        return done(port);
    if (const auto error = refusal())
        return done(*error);
    const Error taken{Errc::AlreadyExists, u"Port %1 has been assigned to another tunnel"_s.arg(port)};
    const Lease *holder = m_table.holder(key.protocol, port);
    if (m_table.isReserved(key.protocol, port)
        || (holder && (holder->key.account == 0 || isBusy(holder->key))))
        return done(taken);
    Job job{.key = key,
        .port = port,
        .changes = {},
        .succeed = [=] { done(port); },
        .fail = fail,
        .again = [=] { done(taken); }};
    for (const Lease *gone : {own, holder}) {
        if (gone)
            job.changes.push_back({LeaseChange::Kind::Remove, *gone});
    }
    job.changes.push_back(
        {LeaseChange::Kind::Add, {.id = 0, .key = key, .port = port, .createdAtMs = 0, .imported = false}});
    enqueue(std::move(job));
}

void PortKeeper::touch(const LeaseKey &key)
{
    const Lease *lease = m_table.touch(key, wallMs());
    if (!lease || m_state != State::Ready || m_queue.size() >= m_settings.maxQueued / 2)
        return; // requests that wait for an answer have priority
    // Without a key: no other request must wait for it.
    enqueue({.key = {},
        .changes = {{LeaseChange::Kind::Touch, *lease}},
        .succeed = [] {},
        .fail = [](const Error &) {},
        .again = [] {}});
}

void PortKeeper::release(qint64 id, const Released &done)
{
    if (const Lease *lease = m_table.find(id))
        return decideRelease(LeaseKey(lease->key), done, 1);
    done(Error{Errc::NotFound, u"There is no port lease %1"_s.arg(id)});
}

void PortKeeper::release(const LeaseKey &key, const Released &done)
{
    decideRelease(key, done, 1);
}

void PortKeeper::decideRelease(const LeaseKey &key, const Released &done, int attempt)
{
    const auto fail = [done](const Error &error) { done(error); };
    if (waitForJob(key, {[=, this] { decideRelease(key, done, attempt); }, fail}))
        return;
    const Lease *found = m_table.find(key);
    if (!found)
        return done(Error{Errc::NotFound, u"There is no such port lease"_s});
    if (const auto error = refusal())
        return done(*error);
    if (attempt > maxAttempts)
        return done(storeTrouble());
    const Lease lease = *found;
    enqueue({.key = key,
        .isRelease = true,
        .changes = {{LeaseChange::Kind::Remove, lease}},
        .succeed = [=] { done(lease); },
        .fail = fail,
        .again = [=, this] { decideRelease(key, done, attempt + 1); }});
}

void PortKeeper::enqueue(Job job)
{
    m_busyKeys.try_emplace(job.key);
    if (job.port > 0)
        m_table.setReserved(job.key.protocol, job.port, true);
    m_queue.push_back(std::move(job));
    commit();
}

void PortKeeper::commit()
{
    if (!m_committing.empty() || m_queue.empty())
        return;
    std::vector<LeaseWorker::Changes> batch;
    while (!m_queue.empty() && m_committing.size() < m_settings.maxBatch) {
        batch.push_back(m_queue.front().changes);
        m_committing.push_back(std::move(m_queue.front()));
        m_queue.pop_front();
    }
    onStore([batch = std::move(batch)](LeaseWorker &worker) { return worker.apply(batch); },
        [this](const LeaseWorker::Outcome &outcome) { onCommitted(outcome); });
}

void PortKeeper::onCommitted(LeaseWorker::Outcome outcome)
{
    if (outcome.reloaded)
        replace(*outcome.reloaded);
    const std::vector<Job> jobs = std::exchange(m_committing, {});
    Q_ASSERT(jobs.size() == outcome.results.size());
    // The table is updated completely first: a receiver of an answer may send the next request at once.
    for (size_t i = 0; i < jobs.size(); ++i) {
        const Job &job = jobs[i];
        if (job.port > 0)
            m_table.setReserved(job.key.protocol, job.port, false);
        if (!outcome.results[i])
            continue;
        for (const LeaseChange &change : job.changes) {
            if (change.kind == LeaseChange::Kind::Remove)
                m_table.remove(change.lease.key);
        }
        for (const Lease &lease : *outcome.results[i]) {
            if (!m_table.insert(lease))
                qCCritical(lcPorts) << "Port lease" << lease.id << "contradicts another one";
        }
    }
    commit();
    for (size_t i = 0; i < jobs.size(); ++i)
        finish(jobs[i], outcome.results[i]);
}

void PortKeeper::finish(const Job &job, const Result<std::vector<Lease>> &result)
{
    std::vector<Waiter> waiters;
    if (auto node = m_busyKeys.extract(job.key); !node.empty())
        waiters = std::move(node.mapped());
    m_waiting -= waiters.size();
    if (result) {
        if (std::exchange(m_inTrouble, false))
            qCInfo(lcPorts) << "Port leases can be stored again";
        job.succeed();
    } else if (result.error().code == Errc::AlreadyExists) {
        job.again();
    } else {
        const Error error = trouble(result.error());
        job.fail(error);
        for (const Waiter &waiter : waiters)
            waiter.fail(error);
        return;
    }
    for (const Waiter &waiter : waiters)
        waiter.again();
}

void PortKeeper::pollForChanges()
{
    if (std::exchange(m_polling, true))
        return;
    onStore([](LeaseWorker &worker) { return worker.changesByOthers(); },
        [this](const Result<std::optional<std::vector<Lease>>> &changed) {
            m_polling = false;
            if (!changed)
                (void)trouble(changed.error());
            else if (*changed)
                replace(**changed);
        });
}

/// Logged at intervals only: clients keep trying.
Error PortKeeper::trouble(const Error &cause)
{
    m_inTrouble = true;
    const qint64 now = steadyMs();
    if (!m_lastComplaintMs || now - *m_lastComplaintMs >= complaintIntervalMs) {
        m_lastComplaintMs = now;
        qCCritical(lcPorts).noquote() << "Cannot store port leases:" << cause.detail;
    }
    return storeTrouble();
}

} // namespace frpx::server
