// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/uniquefd.h"

#include <queue>

#include <array>
#include <chrono>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace frpx::bench {

/// Imitates a long link on 127.0.0.1: a TCP relay whose bytes take half a round trip each way.
///
/// The caller's connect() is answered by this machine at once, which a long link would not do. So the
/// caller's first bytes are held back by one more round trip: they arrive when they would have, had the
/// handshake travelled too. A reader that is slow holds its sender back once 4 MiB of that direction are on
/// their way.
///
/// One thread. Its own work delays a byte by some tens of microseconds, also when many connections begin at
/// once: what a measurement shows beyond the round trips is the programs' doing.
class DelayRelay
{
public:
    explicit DelayRelay(std::chrono::nanoseconds roundTrip);

    /// Relays what connects to \a port to \a target. False with errno set if the port cannot be had.
    bool listen(quint16 port, quint16 target);
    /// Works until the process is ended.
    [[noreturn]] void run();

private:
    using Clock = std::chrono::steady_clock;
    using Time = Clock::time_point;

    /// Bytes on their way to a side, or its end.
    struct Chunk
    {
        Time due;
        std::string bytes;
        bool isEnd = false;
    };
    struct Side
    {
        UniqueFd fd;
        std::deque<Chunk> inbound; ///< what the other side has sent
        size_t sent = 0; ///< bytes of the first chunk
        size_t held = 0; ///< bytes in inbound
        bool hasEnded = false; ///< has sent its last byte
        bool gotEnd = false; ///< has been told that the other side will send no more
        quint32 events = 0; ///< what epoll watches
        bool isWatched = false;
        bool isOver = false; ///< reset, or ended both ways: not to be watched again
    };
    struct Link
    {
        std::array<Side, 2> sides; ///< the caller, who was accepted, and the one that is dialled
        quint16 target = 0;
        Time notBefore; ///< the caller's bytes leave no earlier: its handshake is still on its way
    };
    enum class Action { Dial, Deliver, Drop };
    struct Appointment
    {
        Time due;
        quint64 link;
        Action action;
        unsigned side;
        bool operator>(const Appointment &other) const { return due > other.due; }
    };

    void acceptAll(const UniqueFd &listener, quint16 target);
    void keepAppointments();
    void dial(quint64 id, Link &link);
    void read(quint64 id, Link &link, unsigned from);
    void deliver(quint64 id, Link &link, unsigned to);
    void watch(quint64 id, Link &link, unsigned side);
    bool unwatch(Side &side);
    void abandon(quint64 id, Link &link, unsigned side);
    const timespec *timeUntilNextAppointment(timespec &timeout) const;

    const std::chrono::nanoseconds m_delay; ///< one way
    UniqueFd m_epoll;
    std::vector<std::pair<UniqueFd, quint16>> m_listeners; ///< with their targets
    std::unordered_map<quint64, Link> m_links;
    quint64 m_lastLink = 0;
    std::vector<char> m_buffer;
    std::priority_queue<Appointment, std::vector<Appointment>, std::greater<>> m_appointments;
};

} // namespace frpx::bench
