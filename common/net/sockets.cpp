// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/sockets.h"

#include <QNetworkInterface>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::net {

namespace {

void setOption(int fd, int level, int name, int value)
{
    // Best effort: without an option a connection is slower, but works.
    ::setsockopt(fd, level, name, &value, sizeof value);
}

QString systemError(int code)
{
    return qt_error_string(code);
}

struct SocketAddress
{
    sockaddr_storage storage{};
    socklen_t length = 0;
};

/// The interface number of the scope "2" or "eth0" of a link-local address; 0 if there is none.
quint32 scopeNumber(const QString &scope)
{
    bool isNumber = false;
    const quint32 number = scope.toUInt(&isNumber);
    return isNumber || scope.isEmpty()
        ? number
        : static_cast<quint32>(QNetworkInterface::interfaceIndexFromName(scope));
}

SocketAddress socketAddress(const QHostAddress &address, quint16 port)
{
    SocketAddress result;
    if (address.protocol() == QAbstractSocket::IPv4Protocol) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        v4.sin_addr.s_addr = htonl(address.toIPv4Address());
        std::memcpy(&result.storage, &v4, sizeof v4);
        result.length = sizeof v4;
    } else {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        std::memcpy(&v6.sin6_addr, &bytes, sizeof bytes);
        v6.sin6_scope_id = scopeNumber(address.scopeId());
        std::memcpy(&result.storage, &v6, sizeof v6);
        result.length = sizeof v6;
    }
    return result;
}

UniqueFd streamSocket(int family)
{
#ifdef SOCK_NONBLOCK
    return UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
#else
    UniqueFd fd(::socket(family, SOCK_STREAM, 0));
    if (fd
        && (::fcntl(fd.get(), F_SETFL, O_RDWR | O_NONBLOCK) != 0
            || ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0))
        fd.reset();
    return fd;
#endif
}

} // namespace

QString Endpoint::toString() const
{
    if (address == QHostAddress(QHostAddress::Any)) // both families; Qt would print 0.0.0.0
        return u"[::]:%1"_s.arg(port);
    const bool v6 = address.protocol() == QAbstractSocket::IPv6Protocol;
    return (v6 ? u"[%1]:%2"_s : u"%1:%2"_s).arg(address.toString()).arg(port);
}

namespace {

Endpoint endpointOf(const sockaddr_storage &storage)
{
    Endpoint peer;
    if (storage.ss_family == AF_INET) {
        const auto *v4 = reinterpret_cast<const sockaddr_in *>(&storage);
        peer = {QHostAddress(ntohl(v4->sin_addr.s_addr)), ntohs(v4->sin_port)};
    } else if (storage.ss_family == AF_INET6) {
        const auto *v6 = reinterpret_cast<const sockaddr_in6 *>(&storage);
        QHostAddress address(v6->sin6_addr.s6_addr);
        // A dual-stack listener reports IPv4 peers as ::ffff:192.0.2.1; logs and access lists use 192.0.2.1.
        bool mapped = false;
        const quint32 v4 = address.toIPv4Address(&mapped);
        if (mapped && !address.isNull() && address != QHostAddress(QHostAddress::AnyIPv6))
            address = QHostAddress(v4);
        peer = {address, ntohs(v6->sin6_port)};
    }
    return peer;
}

} // namespace

Endpoint peerOf(int fd)
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (::getpeername(fd, reinterpret_cast<sockaddr *>(&storage), &length) != 0)
        return {};
    return endpointOf(storage);
}

Endpoint localOf(int fd)
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr *>(&storage), &length) != 0)
        return {};
    return endpointOf(storage);
}

UniqueFd acceptFrom(int fd)
{
#ifdef SOCK_CLOEXEC
    return UniqueFd(::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
#else
    UniqueFd accepted(::accept(fd, nullptr, nullptr));
    if (accepted) {
        ::fcntl(accepted.get(), F_SETFD, FD_CLOEXEC);
        ::fcntl(accepted.get(), F_SETFL, O_RDWR | O_NONBLOCK);
    }
    return accepted;
#endif
}

void prepareStream(int fd)
{
    prepareLocalStream(fd);
    keepAlive(fd);
}

void keepAlive(int fd)
{
    setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
    setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
    setOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
    setOption(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
#endif
}

void prepareLocalStream(int fd)
{
    setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    setOption(fd, SOL_SOCKET, SO_OOBINLINE, 1); // an urgent byte is part of the stream
}

void setWithinMachine(int fd)
{
#ifdef Q_OS_LINUX
    static const bool isPaced = [fd] {
        std::array<char, 16> name{}; // TCP_CA_NAME_MAX
        socklen_t length = name.size();
        return ::getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), &length) == 0
            && std::string_view(name.data(), length).starts_with("bbr");
    }();
    constexpr std::string_view unpaced = "reno"; // in every kernel, allowed without privileges
    if (isPaced)
        ::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, unpaced.data(), socklen_t(unpaced.size()));
#else
    Q_UNUSED(fd)
#endif
}

void acceptOnlyWithData(int fd)
{
#ifdef TCP_DEFER_ACCEPT
    setOption(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
#else
    Q_UNUSED(fd)
#endif
}

bool isBroken(int fd)
{
    pollfd watched{fd, 0, 0};
    return ::poll(&watched, 1, 0) > 0 && (watched.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

void resetOnClose(int fd)
{
    const linger noLinger{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &noLinger, sizeof noLinger);
}

void endOnClose(int fd)
{
    const linger usual{0, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &usual, sizeof usual);
}

void endSending(int fd)
{
    ::shutdown(fd, SHUT_WR);
}

void setUserTimeout(int fd, int milliseconds)
{
#ifdef TCP_USER_TIMEOUT
    setOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds);
#else
    Q_UNUSED(fd)
    Q_UNUSED(milliseconds)
#endif
}

bool isUnheard(int fd, int milliseconds, int repetitions)
{
#ifdef Q_OS_LINUX
    tcp_info info{};
    socklen_t length = sizeof info;
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
        return false;
    // A closed window is no silence: the data that it holds back are not sent, so they are neither repeated
    // nor unacknowledged.
    return info.tcpi_unacked > 0 && info.tcpi_retransmits >= repetitions
        && info.tcpi_last_ack_recv >= static_cast<quint32>(milliseconds);
#else
    Q_UNUSED(fd)
    Q_UNUSED(milliseconds)
    Q_UNUSED(repetitions)
    return false;
#endif
}

Result<UniqueFd> startConnect(const QHostAddress &address, quint16 port, FirstWord firstWord)
{
    const SocketAddress target = socketAddress(address, port);
    UniqueFd fd = streamSocket(target.storage.ss_family);
    if (!fd)
        return Error{Errc::Io, systemError(errno)};
    if (address.isLoopback())
        setWithinMachine(fd.get());
#ifdef TCP_QUICKACK
    if (firstWord
        == FirstWord::Ours) // delay the acknowledgement (0.2 s at most) until the first data are sent
        setOption(fd.get(), IPPROTO_TCP, TCP_QUICKACK, 0);
#else
    Q_UNUSED(firstWord)
#endif
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&target.storage), target.length) != 0
        && errno != EINPROGRESS) {
        return Error{Errc::ConnectFailed, systemError(errno)};
    }
    return fd;
}

Result<void> connectResult(int fd)
{
    int code = 0;
    socklen_t length = sizeof code;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0)
        code = errno;
    if (code != 0)
        return Error{Errc::ConnectFailed, systemError(code)};
    return {};
}

bool isQuiet(int fd)
{
    char byte = 0;
    return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool sendWithNext(int fd, QByteArrayView bytes)
{
#ifdef Q_OS_LINUX
    return ::send(fd, bytes.data(), static_cast<size_t>(bytes.size()), MSG_NOSIGNAL | MSG_MORE)
        == bytes.size();
#else
    return sendWhole(fd, bytes);
#endif
}

void sendHeldBack(int fd)
{
#ifdef Q_OS_LINUX
    setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1); // setting it, also again, sends pending data
#else
    Q_UNUSED(fd)
#endif
}

bool sendWhole(int fd, QByteArrayView bytes)
{
#ifdef MSG_NOSIGNAL
    constexpr int flags = MSG_NOSIGNAL;
#else
    constexpr int flags = 0;
#endif
    return ::send(fd, bytes.data(), static_cast<size_t>(bytes.size()), flags) == bytes.size();
}

} // namespace frpx::net
