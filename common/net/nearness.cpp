// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/nearness.h"

#include <QtGlobal>

#ifdef Q_OS_LINUX
#include <cstddef>

// Not netinet/tcp.h: its tcp_info ends before min_rtt, and the two exclude each other.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#endif

namespace frpx::net {

bool isNear(int fd)
{
#ifdef Q_OS_LINUX
    constexpr quint32 nearUs = 1000;
    tcp_info info{};
    socklen_t length = sizeof info;
    // Not the average: it has the time in it that the peer takes for an answer.
    return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0
        && length >= offsetof(tcp_info, tcpi_min_rtt) + sizeof info.tcpi_min_rtt
        && info.tcpi_min_rtt < nearUs;
#else
    Q_UNUSED(fd)
    return false;
#endif
}

} // namespace frpx::net
