// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/backends/backendpool.h"

#include "common/core/throttledlog.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr LogKind clientEjected{lcPublic, QtInfoMsg, 200, 10};
constexpr LogKind clientBack{lcPublic, QtInfoMsg, 200, 10};

static void logBack(const QString &clientId)
{
    logThrottled(clientBack, u"Client '%1' is back: it has served a visitor again."_s.arg(clientId));
}

BackendPool::BackendPool(
    QString name, BalancePolicy policy, const OutlierLimits &outliers, Balancer::Random random)
    : m_name(std::move(name))
    , m_pool(std::move(random), policy)
    , m_outliers(outliers)
{ }

BalancePolicy BackendPool::policy() const
{
    const std::scoped_lock lock(m_mutex);
    return m_pool.policy();
}

void BackendPool::setPolicy(BalancePolicy policy)
{
    {
        const std::scoped_lock lock(m_mutex);
        if (policy == m_pool.policy())
            return;
        m_pool.setPolicy(policy);
    }
    qCInfo(lcPublic).noquote() << u"Tunnel '%1' now balances by %2."_s.arg(m_name, policyName(policy));
}

void BackendPool::join(
    std::shared_ptr<ServingClient> client, int weight, const std::shared_ptr<RelayMeter> &meter)
{
    const std::scoped_lock lock(m_mutex);
    const SessionId session = client->session;
    const auto id = static_cast<quint64>(session);
    meter->watchBy(m_changes, id);
    // A client that reconnects gets the same visitors.
    m_pool.add(session, weight, stableHash(client->clientId.toUtf8()));
    m_members.insert_or_assign(id, Member{std::move(client), meter});
}

void BackendPool::leave(SessionId session)
{
    const std::scoped_lock lock(m_mutex);
    m_pool.remove(session);
    m_outliers.forget(session);
    m_members.erase(static_cast<quint64>(session));
}

void BackendPool::setUnavailable(SessionId session, Unavailability reason, bool unavailable)
{
    Q_ASSERT(reason != Unavailability::Ejected);
    const std::scoped_lock lock(m_mutex);
    m_pool.setUnavailable(session, reason, unavailable);
}

bool BackendPool::canServe(std::span<const SessionId> tried) const
{
    const std::scoped_lock lock(m_mutex);
    return m_pool.canPick(tried);
}

std::optional<BackendPool::Choice> BackendPool::choose(
    std::span<const SessionId> tried, quint64 source, qint64 now)
{
    std::optional<Choice> choice;
    bool isTrial = false;
    {
        const std::scoped_lock lock(m_mutex);
        noteLoads();
        const std::optional<SessionId> session = m_pool.pick(tried, source);
        if (!session)
            return std::nullopt;
        const Member &member = *find(*session);
        isTrial = m_outliers.offered(*session, now);
        if (isTrial) // one visitor is enough for the trial
            m_pool.setUnavailable(*session, Unavailability::Ejected, true);
        choice = Choice{member.client, member.meter, RelayClaim(member.meter)};
        m_pool.setLoad(*session, member.meter->load());
    }
    if (isTrial)
        qCDebug(lcPublic).noquote() << u"Client '%1' is tried with one visitor"_s.arg(
            choice->client->clientId);
    return choice;
}

void BackendPool::failed(SessionId session, qint64 now)
{
    QString clientId;
    bool isBack = false;
    std::optional<qint64> ejectedFor;
    {
        const std::scoped_lock lock(m_mutex);
        Member *member = find(session);
        if (!member)
            return;
        clientId = member->client->clientId;
        isBack = noteSuccess(session, *member, now);
        ejectedFor = m_outliers.failed(session, now);
        if (ejectedFor)
            m_pool.setUnavailable(session, Unavailability::Ejected, true);
    }
    if (isBack)
        logBack(clientId);
    if (ejectedFor)
        logThrottled(clientEjected,
            u"Client '%1' is ejected for %2 s: it could not serve its visitors."_s.arg(
                clientId, QString::number(double(*ejectedFor) / 1000)));
}

void BackendPool::sweep(qint64 now)
{
    QStringList back;
    {
        const std::scoped_lock lock(m_mutex);
        noteLoads();
        for (const SessionId session : m_outliers.out()) {
            if (Member &member = *find(session); noteSuccess(session, member, now))
                back += member.client->clientId;
        }
        for (const SessionId session : m_outliers.takeDue(now))
            m_pool.setUnavailable(session, Unavailability::Ejected, false); // for one visitor: see choose()
    }
    for (const QString &clientId : std::as_const(back))
        logBack(clientId);
}

bool BackendPool::contains(SessionId session) const
{
    const std::scoped_lock lock(m_mutex);
    return m_pool.contains(session);
}

qint64 BackendPool::openOf(SessionId session) const
{
    const std::scoped_lock lock(m_mutex);
    const auto it = m_members.find(static_cast<quint64>(session));
    return it == m_members.end() ? 0 : it->second.meter->open.load(std::memory_order_relaxed);
}

size_t BackendPool::size() const
{
    const std::scoped_lock lock(m_mutex);
    return m_pool.size();
}

size_t BackendPool::available() const
{
    const std::scoped_lock lock(m_mutex);
    return m_pool.available();
}

bool BackendPool::isEjected(SessionId session) const
{
    const std::scoped_lock lock(m_mutex);
    return m_outliers.state(session) != OutlierDetector::State::Good;
}

qint64 BackendPool::ejectedForMs(SessionId session, qint64 now) const
{
    const std::scoped_lock lock(m_mutex);
    return m_outliers.remainingMs(session, now);
}

BackendPool::Member *BackendPool::find(SessionId session)
{
    const auto it = m_members.find(static_cast<quint64>(session));
    return it == m_members.end() ? nullptr : &it->second;
}

/// Relays end or become idle, and connections are given up, without a message to this thread.
void BackendPool::noteLoads()
{
    for (const quint64 id : m_changes->take()) {
        if (const Member *member = find(SessionId{id}))
            m_pool.setLoad(SessionId{id}, member->meter->loadForWatcher());
    }
}

/// A visitor that is served causes no message either, but raises the number of relays.
bool BackendPool::noteSuccess(SessionId session, Member &member, qint64 now)
{
    const quint64 started = member.meter->started.load(std::memory_order_relaxed);
    if (std::exchange(member.seenStarted, started) == started || !m_outliers.succeeded(session, now))
        return false;
    m_pool.setUnavailable(session, Unavailability::Ejected, false);
    return true;
}

} // namespace frpx::server
