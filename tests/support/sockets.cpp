// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/sockets.h"

#include <cerrno>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace frpx::test {

namespace {

sockaddr_in loopback(quint16 port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// The socket calls want a sockaddr; this is the one place that turns one kind of pointer into the other.
template <typename Address>
sockaddr *generic(Address *address)
{
    return reinterpret_cast<sockaddr *>(address);
}

Io failureKind()
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Io::Again : Io::Failed;
}

} // namespace

void Fd::reset()
{
    if (m_fd >= 0)
        ::close(std::exchange(m_fd, -1));
}

Fd connectLoopback(quint16 port, QDeadlineTimer deadline)
{
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.isValid())
        return {};
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address = loopback(port);
    if (::connect(fd.get(), generic(&address), sizeof address) == 0)
        return fd;
    if (errno != EINPROGRESS || waitForEvents(fd, POLLOUT, deadline) == 0)
        return {};
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
        return {};
    return fd;
}

Fd listenLoopback(quint16 port)
{
    return listenOn("127.0.0.1", port);
}

Fd listenOn(const char *address, quint16 port, int backlog)
{
    sockaddr_in v4 = loopback(port);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    const bool isV6 = ::inet_pton(AF_INET6, address, &v6.sin6_addr) == 1;
    if (!isV6 && ::inet_pton(AF_INET, address, &v4.sin_addr) != 1)
        return {};
    Fd fd(::socket(isV6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (isV6)
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(fd.get(), isV6 ? generic(&v6) : generic(&v4), isV6 ? sizeof v6 : sizeof v4) != 0
        || ::listen(fd.get(), backlog) != 0)
        return {};
    return fd;
}

Fd listenUnix(const QByteArray &path, int backlog)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    qstrncpy(address.sun_path, path.constData(), sizeof address.sun_path);
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::bind(fd.get(), generic(&address), sizeof address) != 0 || ::listen(fd.get(), backlog) != 0)
        return {};
    return fd;
}

quint16 localPort(const Fd &fd)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd.get(), generic(&address), &size) != 0)
        return 0;
    return ntohs(address.sin_port);
}

int waitForEvents(const Fd &fd, int events, QDeadlineTimer deadline)
{
    pollfd entry{fd.get(), static_cast<short>(events), 0};
    const int count = ::poll(&entry, 1, static_cast<int>(deadline.remainingTime()));
    return count > 0 ? entry.revents : 0;
}

Io readSome(const Fd &fd, char *buffer, size_t size, size_t *count)
{
    const ssize_t n = ::recv(fd.get(), buffer, size, 0);
    *count = n > 0 ? static_cast<size_t>(n) : 0;
    if (n < 0)
        return failureKind();
    return n == 0 ? Io::End : Io::Done;
}

Io writeSome(const Fd &fd, QByteArrayView bytes, size_t *count)
{
    const ssize_t n = ::send(fd.get(), bytes.data(), static_cast<size_t>(bytes.size()), MSG_NOSIGNAL);
    *count = n > 0 ? static_cast<size_t>(n) : 0;
    return n < 0 ? failureKind() : Io::Done;
}

void raiseDescriptorLimit()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace frpx::test
