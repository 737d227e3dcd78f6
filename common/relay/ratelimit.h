// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <map>
#include <mutex>

namespace frpx {

/// The bytes that several relays may read together in one direction: earned at a steady rate, saved up to a
/// burst.
///
/// A reader takes tokens first and gives back those that it did not need. If there are too few, it joins a
/// queue by reserving the next *quantum* (the earnings of 10 ms; at least 512 bytes, at most 1 MiB), which it
/// gets when everything reserved before it has been earned. So all readers get a quantum in turn, a slow rate
/// moves on in small steps, and a fast one in pieces worth a splice(). There is no list: a place is a number
/// of bytes, held by its reader. A place that is given up is remembered until everything before it has been
/// earned: then it moves the places behind it forward, and no others.
///
/// For any thread; a lock is held for a short computation. Has no clock: times are milliseconds of
/// steadyMs().
class TokenBucket
{
public:
    static constexpr qint64 maxRate = 100'000'000'000; ///< bytes/s

    /// A place in the queue. Belongs to one reader, used without a lock; leave() it before its destruction.
    class Turn
    {
    public:
        bool isQueued() const { return m_bytes > 0; }
        /// When to call take() again; only while queued. The tokens may be there later, hardly ever earlier.
        qint64 askAgainMs() const { return m_askAgainMs; }

    private:
        friend class TokenBucket;
        qint64 m_position = 0; ///< its tokens are available when so many bytes have been earned
        qint64 m_bytes = 0; ///< reserved; 0: not queued
        qint64 m_askAgainMs = 0;
    };

    /// Full at the start. \a bytesPerSecond is at least 1, at most maxRate.
    explicit TokenBucket(qint64 bytesPerSecond);

    /// Returns tokens for up to \a want (> 0) bytes, never fewer than the smaller of \a want and a quantum;
    /// or 0: then \a turn is queued until a later call grants it or leave() gives it up.
    qint64 take(Turn &turn, qint64 want, qint64 nowMs);
    /// Returns tokens of take() that were not needed, to the benefit of the queue.
    void giveBack(qint64 bytes);
    /// Gives up a place, if there is one.
    void leave(Turn &turn);
    /// Takes tokens for bytes that were transferred without asking; the debt is one burst at most.
    void charge(qint64 bytes);

    /// Queued readers notice it within 100 ms.
    void setRate(qint64 bytesPerSecond, qint64 nowMs);
    qint64 rate() const;
    /// The bytes allowed at once after a pause: the earnings of 100 ms, at least 64 KiB.
    qint64 burst() const;

private:
    void earn(qint64 nowMs);
    void addEarned(qint64 bytes);
    void freePlace(qint64 end, qint64 bytes);
    qint64 burstSize() const;
    qint64 quantum() const;

    mutable std::mutex m_mutex;
    qint64 m_rate;
    qint64 m_earned; ///< bytes since the start, including returned ones; lasts 2.9 years at maxRate
    qint64 m_promised =
        0; ///< bytes granted or reserved since the start; beyond m_earned while there is a queue
    qint64 m_fraction = 0; ///< thousandths of a byte earned beside m_earned
    qint64 m_earnedAtMs = -1; ///< -1: not used yet
    /// Places that have been given up: the start of each, and its bytes. No two are adjacent, and none is the
    /// last in the queue, so there are no more of them than waiting readers and debts.
    std::map<qint64, qint64> m_freed;
};

/// The limit of one account (or tunnel): each direction has the whole rate. Shared by all of its relays, in
/// all loops.
struct RateLimit
{
    explicit RateLimit(qint64 bytesPerSecond)
        : toService(bytesPerSecond)
        , toVisitor(bytesPerSecond)
    { }

    TokenBucket toService;
    TokenBucket toVisitor;
};

} // namespace frpx
