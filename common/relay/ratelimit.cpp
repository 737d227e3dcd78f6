// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/ratelimit.h"

#include <algorithm>
#include <iterator>

namespace frpx {

namespace {

constexpr qint64 minBurst = qint64(64) * 1024;
constexpr qint64 burstsPerSecond = 10;
constexpr qint64 minQuantum = 512;
constexpr qint64 maxQuantum = qint64(1024) * 1024;
constexpr qint64 quantaPerSecond = 100;
/// The longest sleep: returned tokens, or a new rate, may bring a turn forward.
constexpr qint64 maxSleepMs = 100;
/// A longer pause earns no more: by then every bucket is full and every queue is empty. Avoids an overflow
/// (100 GB/s for that time is 8.6e18 thousandths).
constexpr qint64 maxPauseMs = qint64(24) * 3600 * 1000;

} // namespace

TokenBucket::TokenBucket(qint64 bytesPerSecond)
    : m_rate(bytesPerSecond)
    , m_earned(burstSize())
{
    Q_ASSERT(m_rate >= 1 && m_rate <= maxRate);
}

qint64 TokenBucket::burstSize() const
{
    return std::max(minBurst, m_rate / burstsPerSecond);
}

qint64 TokenBucket::quantum() const
{
    return std::clamp(m_rate / quantaPerSecond, minQuantum, maxQuantum);
}

void TokenBucket::earn(qint64 nowMs)
{
    if (m_earnedAtMs < 0)
        m_earnedAtMs = nowMs;
    // Another thread may have read its clock a little later.
    const qint64 elapsed = std::clamp(nowMs - m_earnedAtMs, qint64(0), maxPauseMs);
    if (elapsed > 0) {
        m_earnedAtMs = nowMs;
        m_fraction += elapsed * m_rate;
        addEarned(m_fraction / 1000);
        m_fraction %= 1000;
    }
    if (m_earned - m_promised >= burstSize()) {
        m_earned = m_promised + burstSize();
        m_fraction = 0;
    }
}

// After a freed place, numbers in the queue belong to no reader. Counting its bytes as earned moves later
// places forward, but only once the places before it have been served: otherwise these would get bytes that
// have not been earned yet.
void TokenBucket::addEarned(qint64 bytes)
{
    m_earned += bytes;
    while (!m_freed.empty() && m_freed.begin()->first <= m_earned) {
        m_earned += m_freed.begin()->second;
        m_freed.erase(m_freed.begin());
    }
}

/// The reader of the last \a bytes before \a end has left the queue.
void TokenBucket::freePlace(qint64 end, qint64 bytes)
{
    qint64 begin = end - bytes;
    const auto next = m_freed.find(end);
    if (next != m_freed.end()) {
        end += next->second;
        m_freed.erase(next);
    }
    const auto after = m_freed.lower_bound(begin);
    if (after != m_freed.begin()) {
        const auto before = std::prev(after);
        if (before->first + before->second == begin) {
            begin = before->first;
            m_freed.erase(before);
        }
    }
    if (end == m_promised) // no place is behind it
        m_promised = begin;
    else
        m_freed.emplace(begin, end - begin);
    addEarned(0);
}

qint64 TokenBucket::take(Turn &turn, qint64 want, qint64 nowMs)
{
    const std::scoped_lock lock(m_mutex);
    earn(nowMs);
    if (turn.isQueued()) {
        // After a decrease of the rate the old quantum would be too long a step.
        if (const qint64 excess = turn.m_bytes - quantum(); excess > 0) {
            freePlace(turn.m_position, excess);
            turn.m_position -= excess;
            turn.m_bytes -= excess;
        }
        if (m_earned >= turn.m_position) {
            const qint64 reserved = turn.m_bytes;
            turn = Turn();
            const qint64 granted = std::min(want, reserved + std::max(qint64(0), m_earned - m_promised));
            if (granted >= reserved)
                m_promised += granted - reserved;
            else
                addEarned(reserved - granted); // see giveBack()
            return granted;
        }
    } else {
        if (const qint64 there = m_earned - m_promised; there >= std::min(want, quantum())) {
            const qint64 granted = std::min(want, there);
            m_promised += granted;
            return granted;
        }
        turn.m_bytes = quantum();
        m_promised += turn.m_bytes;
        turn.m_position = m_promised;
    }
    const qint64 missing = std::min(turn.m_position - m_earned, m_rate); // a second is longer than any sleep
    turn.m_askAgainMs = nowMs + std::clamp((missing * 1000 + m_rate - 1) / m_rate, qint64(1), maxSleepMs);
    return 0;
}

// Granted tokens had been earned, so all places in the queue are behind them: counting them as earned moves
// these forward. It has no effect on the total: m_promised includes them, and is not read.
void TokenBucket::giveBack(qint64 bytes)
{
    const std::scoped_lock lock(m_mutex);
    addEarned(bytes);
}

void TokenBucket::leave(Turn &turn)
{
    if (!turn.isQueued())
        return;
    const std::scoped_lock lock(m_mutex);
    freePlace(turn.m_position, turn.m_bytes);
    turn = Turn();
}

void TokenBucket::charge(qint64 bytes)
{
    const std::scoped_lock lock(m_mutex);
    const qint64 mayOwe = m_earned - m_promised + burstSize();
    m_promised += std::clamp(mayOwe, qint64(0), bytes);
}

void TokenBucket::setRate(qint64 bytesPerSecond, qint64 nowMs)
{
    Q_ASSERT(bytesPerSecond >= 1 && bytesPerSecond <= maxRate);
    const std::scoped_lock lock(m_mutex);
    earn(nowMs);
    m_rate = bytesPerSecond;
    m_earned = std::min(m_earned, m_promised + burstSize());
}

qint64 TokenBucket::rate() const
{
    const std::scoped_lock lock(m_mutex);
    return m_rate;
}

qint64 TokenBucket::burst() const
{
    const std::scoped_lock lock(m_mutex);
    return burstSize();
}

} // namespace frpx
