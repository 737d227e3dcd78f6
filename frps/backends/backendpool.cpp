// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/backends/backendpool.h"

#include "common/core/throttledlog.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr LogKind clientEjected{lcPublic, QtInfoMsg, 200, 10};
constexpr LogKind clientBack{lcPublic, QtInfoMsg, 200, 10};

BackendPool::BackendPool(
    QString name, BalancePolicy policy, const OutlierLimits &outliers, Balancer::Random random)
    : m_name(std::move(name))
    , m_pool(std::move(random), policy)
    , m_outliers(outliers)
{ }

void BackendPool::setPolicy(BalancePolicy policy)
{
    if (policy == m_pool.policy())
        return;
    m_pool.setPolicy(policy);
    qCInfo(lcPublic).noquote() << u"Tunnel '%1' now balances by %2."_s.arg(m_name, policyName(policy));
}

void BackendPool::join(
    SessionId session, const QString &clientId, int weight, const std::shared_ptr<RelayMeter> &meter)
{
    const auto id = static_cast<quint64>(session);
    meter->watchBy(m_changes, id);
    m_members.insert_or_assign(id, Member{clientId, meter});
    // A client that reconnects gets the same visitors.
    m_pool.add(session, weight, stableHash(clientId.toUtf8()));
}

void BackendPool::leave(SessionId session)
{
    m_pool.remove(session);
    m_outliers.forget(session);
    m_members.erase(static_cast<quint64>(session));
}

void BackendPool::setUnavailable(SessionId session, Unavailability reason, bool unavailable)
{
    Q_ASSERT(reason != Unavailability::Ejected);
    m_pool.setUnavailable(session, reason, unavailable);
}

std::optional<BackendPool::Choice> BackendPool::choose(
    std::span<const SessionId> tried, quint64 source, qint64 now)
{
    noteLoads();
    const std::optional<SessionId> session = m_pool.pick(tried, source);
    if (!session)
        return std::nullopt;
    Member &member = *find(*session);
    if (m_outliers.offered(*session, now)) {
        m_pool.setUnavailable(*session, Unavailability::Ejected, true); // one visitor is enough for the trial
        qCDebug(lcPublic).noquote() << u"Client '%1' is tried with one visitor"_s.arg(member.clientId);
    }
    Choice choice{*session, member.meter, RelayClaim(member.meter)};
    m_pool.setLoad(*session, member.meter->load());
    return choice;
}

void BackendPool::failed(SessionId session, qint64 now)
{
    Member *member = find(session);
    if (!member)
        return;
    noteSuccess(session, *member, now);
    if (const std::optional<qint64> duration = m_outliers.failed(session, now)) {
        m_pool.setUnavailable(session, Unavailability::Ejected, true);
        logThrottled(clientEjected,
            u"Client '%1' is ejected for %2 s: it could not serve its visitors."_s.arg(
                member->clientId, QString::number(double(*duration) / 1000)));
    }
}

void BackendPool::sweep(qint64 now)
{
    noteLoads();
    for (const SessionId session : m_outliers.out())
        noteSuccess(session, *find(session), now);
    for (const SessionId session : m_outliers.takeDue(now))
        m_pool.setUnavailable(session, Unavailability::Ejected, false); // for one visitor: see choose()
}

qint64 BackendPool::openOf(SessionId session) const
{
    const auto it = m_members.find(static_cast<quint64>(session));
    return it == m_members.end() ? 0 : it->second.meter->open.load(std::memory_order_relaxed);
}

bool BackendPool::isEjected(SessionId session) const
{
    return m_outliers.state(session) != OutlierDetector::State::Good;
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
void BackendPool::noteSuccess(SessionId session, Member &member, qint64 now)
{
    const quint64 started = member.meter->started.load(std::memory_order_relaxed);
    if (std::exchange(member.seenStarted, started) == started)
        return;
    if (m_outliers.succeeded(session, now)) {
        m_pool.setUnavailable(session, Unavailability::Ejected, false);
        logThrottled(
            clientBack, u"Client '%1' is back: it has served a visitor again."_s.arg(member.clientId));
    }
}

} // namespace frpx::server
