// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/io/wire.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <sys/uio.h>

namespace frpx {

namespace {

#ifdef MSG_NOSIGNAL
constexpr int sendFlags = MSG_NOSIGNAL;
#else
constexpr int sendFlags = 0; // SIGPIPE is ignored by the programs
#endif
#ifdef MSG_MORE
constexpr int moreFlag = MSG_MORE;
#else
constexpr int moreFlag = 0;
#endif

bool wouldBlock()
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

} // namespace

WireRead Wire::read(char *buffer, size_t room)
{
    const ssize_t got = ::recv(fd.get(), buffer, room, 0);
    if (got == 0)
        return {0, WireStatus::Ended};
    if (got < 0) {
        if (wouldBlock())
            readable = false;
        return {0, wouldBlock() || errno == EINTR ? WireStatus::Open : WireStatus::Broken};
    }
    const auto taken = static_cast<size_t>(got);
    if (taken < room) // the receive buffer is empty: skip the call that would only report that
        readable = !shortReadsDrain;
    return {taken, WireStatus::Open};
}

WireRead Wire::peek()
{
    char next = 0;
    const ssize_t seen = ::recv(fd.get(), &next, 1, MSG_PEEK);
    if (seen == 0)
        return {0, WireStatus::Ended};
    if (seen > 0)
        return {1, WireStatus::Open};
    if (wouldBlock())
        readable = false;
    return {0, wouldBlock() || errno == EINTR ? WireStatus::Open : WireStatus::Broken};
}

size_t Wire::write(QByteArrayView bytes, bool more)
{
    return noteSent(::send(
        fd.get(), bytes.data(), static_cast<size_t>(bytes.size()), more ? sendFlags | moreFlag : sendFlags));
}

size_t Wire::write(QByteArrayView head, QByteArrayView bytes, bool more)
{
    std::array<iovec, 2> parts{iovec{const_cast<char *>(head.data()), size_t(head.size())},
        iovec{const_cast<char *>(bytes.data()), size_t(bytes.size())}}; // the kernel writes nothing there
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return noteSent(::sendmsg(fd.get(), &message, more ? sendFlags | moreFlag : sendFlags));
}

size_t Wire::noteSent(ssize_t sent)
{
    if (sent >= 0)
        return static_cast<size_t>(sent);
    if (wouldBlock())
        writable = false;
    else if (errno != EINTR)
        writeError = errno;
    return 0;
}

} // namespace frpx
