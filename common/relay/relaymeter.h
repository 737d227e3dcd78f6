// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace frpx {

/// The meters whose load has changed since the last reading, by a connection less or by a relay at rest or
/// busy. Noted from any thread; nothing is woken.
class MeterChanges
{
public:
    void note(quint64 id)
    {
        const std::scoped_lock lock(m_mutex);
        m_ids.push_back(id);
    }
    std::vector<quint64> take()
    {
        const std::scoped_lock lock(m_mutex);
        return std::exchange(m_ids, {});
    }

private:
    std::mutex m_mutex;
    std::vector<quint64> m_ids; ///< each meter once at most
};

/// Counters of the relays of one client (or one tunnel). Written by relay threads, read by any thread.
struct RelayMeter
{
    std::atomic<qint64> open = 0; ///< relays running now
    std::atomic<qint64> resting = 0; ///< of them, those that are at rest (RelayLoad)
    std::atomic<qint64> claimed = 0; ///< connections on their way to a relay (RelayClaim)
    std::atomic<quint64> started = 0; ///< relays so far
    std::atomic<quint64> bytesToService = 0;
    std::atomic<quint64> bytesToVisitor = 0;

    /// The connections that count as load of this client, including those for which it has just been chosen.
    qint64 load() const
    {
        return open.load(std::memory_order_relaxed) + claimed.load(std::memory_order_relaxed)
            - resting.load(std::memory_order_relaxed);
    }

    /// From now on \a list gets \a ownId when load() changes by something other than a claim or its relay.
    /// Call before anything is counted.
    void watchBy(std::shared_ptr<MeterChanges> list, quint64 ownId)
    {
        m_changes = std::move(list);
        m_id = ownId;
    }
    bool isWatched() const { return m_changes != nullptr; }
    /// For the watcher: returns load(); later changes are noted again.
    qint64 loadForWatcher()
    {
        m_noted.exchange(false, std::memory_order_acq_rel);
        return load();
    }
    /// \a counter is open or claimed.
    void lessen(std::atomic<qint64> &counter)
    {
        counter.fetch_sub(1, std::memory_order_relaxed);
        noteChange();
    }
    /// Adds \a change to the relays at rest.
    void countResting(int change)
    {
        resting.fetch_add(change, std::memory_order_relaxed);
        noteChange();
    }

private:
    void noteChange()
    {
        // Both sides use exchange: the one that sees the other's mark also sees the changes before it.
        if (m_changes && !m_noted.exchange(true, std::memory_order_acq_rel))
            m_changes->note(m_id);
    }

    std::shared_ptr<MeterChanges> m_changes; ///< shared, because a relay may outlive the watcher
    quint64 m_id = 0;
    std::atomic<bool> m_noted = false;
};

/// The bytes of one relay so far, readable from any thread.
struct RelayTotals
{
    std::atomic<quint64> toService = 0;
    std::atomic<quint64> toVisitor = 0;
};

/// A connection on its way to a relay: counted from the choice of the client until the relay counts itself,
/// or the connection is given up. Moves with the connection between threads.
class RelayClaim
{
public:
    RelayClaim() = default;
    explicit RelayClaim(std::shared_ptr<RelayMeter> meter)
        : m_meter(std::move(meter))
    {
        if (m_meter)
            m_meter->claimed.fetch_add(1, std::memory_order_relaxed);
    }
    RelayClaim(RelayClaim &&other) noexcept = default;
    RelayClaim &operator=(RelayClaim &&other) noexcept
    {
        std::swap(m_meter, other.m_meter);
        other.release();
        return *this;
    }
    ~RelayClaim() { release(); }

    void release()
    {
        if (const auto meter = std::exchange(m_meter, nullptr))
            meter->lessen(meter->claimed);
    }

private:
    std::shared_ptr<RelayMeter> m_meter;
};

} // namespace frpx
