// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QDeadlineTimer>

#include <utility>

namespace frpx::test {

/// Closes the descriptor it holds; tests have their own so that they do not lean on what they test.
class Fd
{
public:
    Fd() = default;
    explicit Fd(int fd)
        : m_fd(fd)
    { }
    Fd(Fd &&other) noexcept
        : m_fd(std::exchange(other.m_fd, -1))
    { }
    Fd &operator=(Fd &&other) noexcept
    {
        if (this != &other) {
            reset();
            m_fd = std::exchange(other.m_fd, -1);
        }
        return *this;
    }
    Fd(const Fd &) = delete;
    Fd &operator=(const Fd &) = delete;
    ~Fd() { reset(); }

    int get() const { return m_fd; }
    bool isValid() const { return m_fd >= 0; }
    void reset();

private:
    int m_fd = -1;
};

/// A non-blocking connection to \a port on loopback; invalid when it cannot be made in time.
Fd connectLoopback(quint16 port, QDeadlineTimer deadline);

/// A non-blocking listener on loopback; \a port 0 means any. Invalid when the port is taken.
Fd listenLoopback(quint16 port);

/// The same on another address of loopback, IPv4 or IPv6, with room for \a backlog connections.
Fd listenOn(const char *address, quint16 port, int backlog = 1024);

/// The same on a unix socket.
Fd listenUnix(const QByteArray &path, int backlog = 1024);

/// The local port of a socket.
quint16 localPort(const Fd &fd);

/// Waits until one of \a events (as poll() names them) is there. \return the events, 0 at the deadline.
int waitForEvents(const Fd &fd, int events, QDeadlineTimer deadline);

/// How one non-blocking read or write went.
enum class Io { Done, Again, End, Failed };

Io readSome(const Fd &fd, char *buffer, size_t size, size_t *count);
Io writeSome(const Fd &fd, QByteArrayView bytes, size_t *count);

/// Lets this process open as many descriptors as the system allows; a Process starts with the usual limit
/// again.
void raiseDescriptorLimit();

} // namespace frpx::test
