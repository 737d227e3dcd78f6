// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/dispatch/acquisition.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind clientChosen{lcPublic, QtInfoMsg, 10, 10}; // scripts search for this line
constexpr LogKind nobodyServes{lcPublic};
constexpr LogKind timedOut{lcPublic};

// Delay before all clients are tried again; doubles each further time.
constexpr qint64 firstRestMs = 250;
constexpr qint64 longestRestMs = 1000;

} // namespace

Acquisition::Acquisition(DispatchState &state, IoLoop &loop, Receiver &receiver, Request request)
    : m_state(state)
    , m_receiver(receiver)
    , m_request(std::move(request))
    , m_handle(std::make_shared<AcquisitionHandle>(AcquisitionHandle{loop, this}))
{ }

Acquisition::~Acquisition()
{
    end(DispatchStats::Outcome::VisitorGone);
}

void Acquisition::start()
{
    Q_ASSERT(m_phase == State::Idle);
    setId(u"waiting-%1"_s.arg(++m_state.lastId)); // a name only, not sent to the client
    if (!m_request.pool->canServe()) // the last client has left since the connection was admitted
        return giveUp(DispatchStats::Outcome::NoClient);
    offer();
}

/// Asks a client that has not been tried yet. A waiting work connection of the client saves a round trip.
void Acquisition::offer()
{
    BackendPool &pool = *m_request.pool;
    const quint64 source = pool.policy() == BalancePolicy::SourceHash ? m_receiver.sourceHash() : 0;
    const qint64 now = steadyMs();
    std::optional<BackendPool::Choice> choice = pool.choose(m_tried, source, now);
    if (!choice) // its last client has just left
        return rest();
    m_client = std::move(choice->client);
    m_meter = std::move(choice->meter);
    m_claim = std::move(choice->claim);
    m_tried.push_back(m_client->session);
    m_askedAt = now;
    m_attemptUntil = std::min(now + m_state.limits.attemptTimeoutMs, m_request.giveUpAt);
    // Without another client to try, and for one that is the last resort, the client has the whole time.
    const bool isProbed = m_client->pulse && !m_client->pulse->isSilent() && canTryAnother();
    m_pulse = isProbed ? m_client->pulse : nullptr;
    m_client->totalConnections.fetch_add(1, std::memory_order_relaxed);
    if (lcPublic().isInfoEnabled())
        logThrottled(clientChosen, u"Chose client '%1' for the new connection."_s.arg(m_client->clientId));
    if (lcPublic().isDebugEnabled())
        qCDebug(lcPublic).noquote() << "The connection comes from"
                                    << m_receiver.visitorEnds().remote.toString();
    std::optional<net::LinkEnds> visitor;
    if (m_client->wantsVisitorAddress)
        visitor = m_receiver.visitorEnds();
    if (WorkConn work = m_state.work.take(m_client->session)) {
        m_phase = State::Given;
        AcquiredWork given = take(std::move(work));
        given.id = m_id;
        given.visitor = std::move(visitor);
        return m_receiver.onWork(std::move(given)); // last: it may come back to here
    }
    ask(visitor);
}

void Acquisition::ask(const std::optional<net::LinkEnds> &visitor)
{
    m_phase = State::Asked;
    setId(randomUuid());
    m_state.requests.add({m_id, m_client->session, m_client->source, m_handle});
    m_state.dial({m_client->session, {m_id, visitor, m_request.tunnel}});
}

AcquiredWork Acquisition::take(WorkConn connection)
{
    AcquiredWork work;
    work.connection = std::move(connection);
    work.client = m_client;
    work.meter = m_meter;
    work.claim = std::move(m_claim);
    return work;
}

void Acquisition::onDialledIn(const QString &id, WorkConn connection)
{
    if (m_phase != State::Asked || m_id != id) { // it came too late: another client was asked
        net::resetOnClose(connection.get()); // the service must not take this for the end of a stream
        return;
    }
    m_phase = State::Given;
    AcquiredWork work = take(std::move(connection));
    work.isAccepted = true;
    m_receiver.onWork(std::move(work));
}

void Acquisition::onRefused(const QString &id, const QString &why)
{
    if (m_phase == State::Asked && m_id == id)
        passOver(why);
}

void Acquisition::failed(const QString &why)
{
    Q_ASSERT(m_phase == State::Given);
    passOver(why);
}

bool Acquisition::canTryAnother() const
{
    return static_cast<int>(m_tried.size()) < m_state.limits.maxAttempts && m_request.pool->canServe(m_tried);
}

/// The client asked last cannot serve: tries the next one, if there is one.
void Acquisition::passOver(const QString &why)
{
    reportFailure(why);
    if (m_request.giveUpAt <= steadyMs())
        return giveUp(DispatchStats::Outcome::TimedOut);
    if (m_request.pool->isClosed())
        return giveUp(DispatchStats::Outcome::Failed);
    if (canTryAnother())
        return offer();
    rest();
}

/// One failure per visitor and client counts: another one for the same visitor proves nothing, unless the
/// client is on trial.
void Acquisition::reportFailure(const QString &why)
{
    const bool counts = m_rests == 0 || m_request.pool->isEjected(m_client->session);
    m_state.report({m_client, m_request.pool, why, counts});
}

/// No client is left to try, but the visitor still has time.
void Acquisition::rest()
{
    logThrottled(nobodyServes,
        u"No client could serve a connection after %1 tries; it waits and is offered again."_s.arg(
            m_tried.size()));
    const qint64 restMs = std::min(firstRestMs << std::min(m_rests, 8), longestRestMs);
    ++m_rests;
    m_phase = State::Resting;
    m_client.reset();
    m_meter.reset();
    m_claim.release();
    m_pulse.reset();
    m_tried.clear();
    m_attemptUntil = std::min(steadyMs() + restMs, m_request.giveUpAt);
}

void Acquisition::offerAgain()
{
    if (m_request.pool->isClosed())
        return giveUp(DispatchStats::Outcome::Failed);
    if (!m_request.pool->canServe())
        return rest();
    offer();
}

void Acquisition::giveUp(DispatchStats::Outcome why)
{
    if (why == DispatchStats::Outcome::TimedOut)
        logThrottled(timedOut,
            u"A visitor is closed: no client served it within %1 ms."_s.arg(m_state.limits.pendingTimeoutMs));
    end(why);
    m_receiver.onUnserved(why); // last: it may destroy this object
}

void Acquisition::end(DispatchStats::Outcome outcome)
{
    if (m_phase == State::Ended)
        return;
    if (m_phase == State::Asked)
        m_state.requests.take(m_id);
    m_phase = State::Ended;
    m_handle->acquisition = nullptr;
    m_claim.release();
    if (!m_id.isEmpty())
        m_state.stats.remove(m_id, outcome);
}

bool Acquisition::hasExpired(qint64 now) const
{
    if (m_pulse && now - m_askedAt >= LivenessProbe::patienceMs)
        m_pulse->doubt();
    return m_attemptUntil <= now || (m_pulse && m_pulse->isSilent());
}

void Acquisition::onTick(qint64 now)
{
    if (m_phase == State::Resting) {
        if (m_request.giveUpAt <= now)
            return giveUp(DispatchStats::Outcome::TimedOut);
        if (m_attemptUntil <= now)
            offerAgain();
        return;
    }
    if (m_phase != State::Asked || !hasExpired(now))
        return;
    if (m_request.giveUpAt > now && !m_request.pool->isClosed() && !canTryAnother()) {
        m_attemptUntil = m_request.giveUpAt; // no other client: this one has the whole time
        m_pulse.reset();
        return;
    }
    m_state.requests.take(m_id);
    passOver(u"it did not dial in in time"_s);
}

void Acquisition::setId(const QString &id)
{
    if (m_id.isEmpty())
        m_state.stats.add(id);
    else
        m_state.stats.rename(m_id, id);
    m_id = id;
}

} // namespace frpx::server
