// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/servicesocket.h"

#include "common/core/uniquefd.h"

#include <cstddef>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace frpx {

bool sendDatagram(const QByteArray &address, const QByteArray &data)
{
    sockaddr_un peer{};
    peer.sun_family = AF_UNIX;
    if (address.isEmpty() || size_t(address.size()) >= sizeof peer.sun_path)
        return false;
    std::memcpy(peer.sun_path, address.constData(), size_t(address.size()));
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
    if (!fd.isValid())
        return false;
    ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size_t(address.size()));
    const auto sent = ::sendto(fd.get(), data.constData(), size_t(data.size()), MSG_DONTWAIT,
        reinterpret_cast<const sockaddr *>(&peer), length);
    return sent == data.size();
}

} // namespace frpx
