// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"
#include "common/net/sockets.h"

#include <QByteArray>
#include <QByteArrayView>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

/// Blocking TCP on loopback for tests: every call gives up after half a minute instead of hanging.
namespace frpx::test {

/// Both ends of one connection.
struct Connection
{
    UniqueFd near;
    UniqueFd far;
};

inline void giveUpAfter(int fd, int seconds)
{
    const timeval limit{seconds, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

inline sockaddr_in loopback(quint16 port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A connection to \a port of this machine; invalid if nobody listens there. A \a receiveBuffer (bytes) keeps
/// its window small from the start.
inline UniqueFd connectTo(quint16 port, int receiveBuffer = 0)
{
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receiveBuffer > 0)
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
    const sockaddr_in address = loopback(port);
    giveUpAfter(fd.get(), 30);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        fd.reset();
    return fd;
}

/// Makes connected pairs through one listening socket of its own.
class Connector
{
public:
    Connector()
        : m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = loopback(0);
        socklen_t length = sizeof address;
        auto *generic = reinterpret_cast<sockaddr *>(&address);
        if (::bind(m_listener.get(), generic, length) == 0 && ::listen(m_listener.get(), 128) == 0
            && ::getsockname(m_listener.get(), generic, &length) == 0)
            m_port = ntohs(address.sin_port);
    }

    /// With \a room (bytes), so little fits between the far end and a near end that does not read.
    Connection connection(int room = 0) const
    {
        Connection pair;
        pair.near = connectTo(m_port, room);
        pair.far = UniqueFd(::accept(m_listener.get(), nullptr, nullptr));
        if (room > 0)
            ::setsockopt(pair.far.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
        // As FdListener hands them out.
        ::fcntl(pair.far.get(), F_SETFL, O_RDWR | O_NONBLOCK);
        net::prepareStream(pair.far.get());
        return pair;
    }

private:
    UniqueFd m_listener;
    quint16 m_port = 0;
};

/// Sends everything, at most \a slice bytes at a time. False if the peer does not take it.
inline bool sendAll(int fd, QByteArrayView bytes, qsizetype slice = 1 << 20)
{
    while (!bytes.isEmpty()) {
        const auto size = static_cast<size_t>(std::min(slice, bytes.size()));
        const ssize_t sent = ::send(fd, bytes.data(), size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes = bytes.sliced(sent);
    }
    return true;
}

enum class Ending { None, Orderly, Reset, TimedOut };

struct Received
{
    QByteArray bytes;
    Ending ending = Ending::None;
};

/// Receives until \a size bytes are there (then Ending::None) or the stream ends.
inline Received receive(int fd, qsizetype size)
{
    Received result;
    std::array<char, 64 * 1024> buffer;
    while (result.bytes.size() < size) {
        const auto room = std::min<qsizetype>(size - result.bytes.size(), buffer.size());
        const ssize_t got = ::recv(fd, buffer.data(), static_cast<size_t>(room), 0);
        if (got == 0) {
            result.ending = Ending::Orderly;
            break;
        }
        if (got < 0) {
            result.ending = errno == EAGAIN || errno == EWOULDBLOCK ? Ending::TimedOut : Ending::Reset;
            break;
        }
        result.bytes.append(buffer.data(), got);
    }
    return result;
}

/// Receives until the stream ends.
inline Received receiveAll(int fd)
{
    return receive(fd, std::numeric_limits<qsizetype>::max());
}

/// Closes \a fd so that the peer sees a reset.
inline void reset(UniqueFd &fd)
{
    const linger none{1, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    fd.reset();
}

/// The descriptors this process has open.
inline int openDescriptors()
{
    DIR *directory = ::opendir("/proc/self/fd");
    int count = 0;
    while (::readdir(directory))
        ++count;
    ::closedir(directory);
    return count;
}

/// Bytes that look random and are the same for the same \a seed: what is lost, doubled or swapped shows.
inline QByteArray noise(qsizetype size, quint64 seed)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint64 state = seed * 0x9e3779b97f4a7c15ULL + 1;
    for (char &byte : bytes) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        byte = static_cast<char>(state >> 32);
    }
    return bytes;
}

} // namespace frpx::test
