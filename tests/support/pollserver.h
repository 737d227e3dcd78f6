// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/sockets.h"

#include <QElapsedTimer>

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_map>

namespace frpx::test {

/// One connection of a PollServer; lives in the server's thread.
class PollConnection
{
public:
    explicit PollConnection(Fd fd)
        : m_fd(std::move(fd))
    { }
    PollConnection(const PollConnection &) = delete;
    PollConnection &operator=(const PollConnection &) = delete;
    virtual ~PollConnection() = default;

    /// Reads and writes a bounded amount without blocking. \return false when the connection is to be closed.
    virtual bool advance() = 0;
    /// What to wait for next: EPOLLIN, EPOLLOUT, both or neither.
    virtual quint32 interest() const = 0;
    /// Whether advance() has something to do though nothing happened on the socket.
    virtual bool isDue() const { return false; }

    const Fd &fd() const { return m_fd; }

private:
    friend class PollServer;
    Fd m_fd;
    quint32 m_armed = 0;
};

/// A loopback TCP server on one epoll descriptor in its own thread: what stands behind frpc in the tests. It
/// goes on while the test thread blocks. The derived class stops it in its own destructor.
class PollServer
{
public:
    PollServer() = default;
    PollServer(const PollServer &) = delete;
    PollServer &operator=(const PollServer &) = delete;
    virtual ~PollServer();

    /// Listens on \a port; 0 means the port of the last time, or any. \return false when it is taken.
    bool start(quint16 port = 0);
    /// The same with a listener of another kind.
    bool startOn(Fd listener);
    /// Closes the listener and every connection.
    void stop();

    quint16 port() const { return m_port; }
    int connectionCount() const { return m_count; }

protected:
    virtual std::unique_ptr<PollConnection> makeConnection(Fd fd) = 0;

private:
    void run();
    void accept();
    void serve(int fd);
    void advanceDue();

    Fd m_listener;
    Fd m_epoll;
    std::thread m_thread;
    std::unordered_map<int, std::unique_ptr<PollConnection>> m_connections;
    std::atomic<bool> m_stopping = false;
    std::atomic<int> m_count = 0;
    quint16 m_port = 0;
};

} // namespace frpx::test
