// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"

#include <queue>

#include <array>
#include <chrono>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace frpx::bench {

/// Simulates a long link on 127.0.0.1: a TCP relay that delays bytes by half a round trip in each direction.
///
/// This machine answers the caller's connect() at once, which a long link would not do. So the caller's first
/// bytes are delayed by one more round trip: they arrive as if the handshake had been delayed too. A slow
/// reader blocks its sender once 4 MiB of that direction are on their way.
///
/// One thread. Its own work delays a byte by some tens of microseconds, also when many connections start at
/// once: further delay in a measurement comes from the measured programs.
class DelayRelay
{
public:
    explicit DelayRelay(std::chrono::nanoseconds roundTrip);

    /// Relays connections at \a port to \a target. False with errno set if it cannot listen on the port.
    bool listen(quint16 port, quint16 target);
    /// Runs until the process is ended.
    [[noreturn]] void run();

private:
    using Clock = std::chrono::steady_clock;
    using Time = Clock::time_point;

    /// Bytes on their way to a side, or the end of the direction.
    struct Chunk
    {
        Time due;
        std::string bytes;
        bool isEnd = false;
    };
    struct Side
    {
        UniqueFd fd;
        std::deque<Chunk> inbound; ///< bytes from the other side
        size_t sent = 0; ///< sent bytes of the first chunk
        size_t held = 0; ///< bytes in inbound
        bool hasEnded = false; ///< has sent its end
        bool gotEnd = false; ///< has received the end of the other side
        quint32 events = 0; ///< the events that epoll watches
        bool isWatched = false;
        bool isOver = false; ///< reset, or ended in both directions: not watched any more
    };
    struct Link
    {
        std::array<Side, 2> sides; ///< the caller, and the connection to the target
        quint16 target = 0;
        Time notBefore; ///< the caller's bytes are not sent before: its handshake is still on its way
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

    const std::chrono::nanoseconds m_delay; ///< in one direction
    UniqueFd m_epoll;
    std::vector<std::pair<UniqueFd, quint16>> m_listeners; ///< with their targets
    std::unordered_map<quint64, Link> m_links;
    quint64 m_lastLink = 0;
    std::vector<char> m_buffer;
    std::priority_queue<Appointment, std::vector<Appointment>, std::greater<>> m_appointments;
};

} // namespace frpx::bench
