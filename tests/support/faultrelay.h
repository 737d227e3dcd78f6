// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/sockets.h"

#include <QByteArray>
#include <QElapsedTimer>

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace frpx::test {

/// A TCP relay on loopback, in its own thread, that does to its connections what bad networks do. A change of
/// mode holds from the moment the call returns. Buffers are bounded: what the other side does not take is not
/// read.
class FaultRelay
{
public:
    enum class Fault {
        None,
        /// Nothing is read or written any more; new connections are accepted and nothing comes of them. With
        /// another mode everything goes on where it stopped, as on a network that heals.
        BlackHole,
        /// As BlackHole, on the level of packets: none is acknowledged, and new connections do not come
        /// about.
        Unplugged,
        Delay, ///< each way, `amount` milliseconds
        Throttle, ///< each way, `amount` bytes per second
        Slice, ///< every write in pieces of 1 to `amount` bytes
    };
    struct Mode
    {
        Fault fault = Fault::None;
        int amount = 0;
    };

    /// In front of \a target on loopback.
    explicit FaultRelay(quint16 target)
        : m_target(target)
    { }
    FaultRelay(const FaultRelay &) = delete;
    FaultRelay &operator=(const FaultRelay &) = delete;
    ~FaultRelay() { stop(); }

    /// Listens on \a port, 0 means any. \return false when it is taken.
    bool start(quint16 port = 0);
    /// Closes the listener and every connection.
    void stop();
    quint16 port() const { return m_port; }

    /// For every connection, and those to come.
    void setMode(Mode mode);
    void setMode(Fault fault) { setMode(Mode{fault}); }
    /// For those to come only.
    void setModeForNew(Mode mode);
    /// Ends every connection with a reset on both sides.
    void resetAll();

    int acceptedCount() const { return m_accepted; }
    int openCount() const { return m_open; }

private:
    struct Chunk
    {
        QByteArray bytes;
        qint64 dueMs = 0;
    };
    /// One direction of a connection.
    struct Way
    {
        std::deque<Chunk> queue;
        qsizetype queued = 0;
        qint64 nextWriteMs = 0; ///< when throttled
        bool sourceEnded = false;
        bool ended = false; ///< and passed on
    };
    struct Connection
    {
        std::array<Fd, 2> ends; ///< the one that dialled us, and the target
        std::array<Way, 2> ways; ///< by the end the bytes come from
        Mode mode;
        bool connecting = false;
    };

    void run();
    void accept();
    void apply(Connection &connection, Mode mode);
    void dialTarget(Connection &connection);
    short interest(const Connection &connection, size_t end, qint64 now, qint64 *wakeMs) const;
    /// False when the connection is over.
    bool serve(Connection &connection, size_t end, short events);
    bool readFrom(Connection &connection, size_t end);
    bool writeTo(Connection &connection, size_t end);
    void wake();
    qint64 nowMs() const { return m_clock.elapsed(); }

    const quint16 m_target;
    quint16 m_port = 0;
    QElapsedTimer m_clock;
    std::thread m_thread;
    std::atomic<bool> m_stopping = false;
    std::atomic<int> m_accepted = 0;
    std::atomic<int> m_open = 0;
    Fd m_wake;
    Fd m_listener;

    std::mutex m_mutex; // guards what follows; the thread lets go of it only to wait
    Mode m_modeForNew;
    std::vector<std::unique_ptr<Connection>> m_connections;
    quint32 m_slices = 1; ///< state of the generator of slice sizes: the same in every run
};

} // namespace frpx::test
