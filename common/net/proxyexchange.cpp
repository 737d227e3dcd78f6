// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/proxyexchange.h"

#include "common/net/sockets.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::net {

Result<ProxyHandshake::Progress> exchange(ProxyHandshake &handshake, int fd)
{
    const Error broken{Errc::ConnectFailed, u"the outbound proxy ended the connection"_s};
    std::array<char, 1024> buffer{};
    while (true) {
        const QByteArray output = handshake.takeOutput();
        if (!output.isEmpty() && !sendWhole(fd, output))
            return broken;
        const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return ProxyHandshake::Progress::Waiting;
        if (got <= 0)
            return broken;
        switch (handshake.feed(QByteArrayView(buffer.data(), got))) {
        case ProxyHandshake::Progress::Failed:
            return handshake.error();
        case ProxyHandshake::Progress::Done:
            return ProxyHandshake::Progress::Done;
        case ProxyHandshake::Progress::Waiting:
            break;
        }
    }
}

} // namespace frpx::net
