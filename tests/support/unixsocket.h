// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"

#include <QFile>
#include <QString>

#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

namespace frpx::test {

/// Listens on the unix socket \a path; invalid if that cannot be.
inline UniqueFd listenOnUnixSocket(const QString &path, int backlog)
{
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    const QByteArray bytes = QFile::encodeName(path);
    std::memcpy(
        own.sun_path, bytes.data(), std::min(static_cast<size_t>(bytes.size()), sizeof own.sun_path - 1));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&own), sizeof own) != 0
        || ::listen(fd.get(), backlog) != 0)
        fd.reset();
    return fd;
}

} // namespace frpx::test
