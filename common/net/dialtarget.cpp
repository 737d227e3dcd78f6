// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/dialtarget.h"

#include "common/net/hostaddress.h"

#include <QFile>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

using namespace Qt::StringLiterals;

namespace frpx::net {

DialTarget dialTarget(const QString &host, quint16 port)
{
    DialTarget target;
    target.port = port;
    target.name = hostWithPort(host, port);
    if (isUnixSocket(host)) {
        target.unixPath = unixSocketPath(host);
        return target;
    }
    const QHostAddress literal(host);
    if (!literal.isNull())
        target.addresses = {literal};
    return target;
}

bool isHostName(const QString &host)
{
    return !isUnixSocket(host) && QHostAddress(host).isNull();
}

QList<QHostAddress> interleaved(const QList<QHostAddress> &addresses)
{
    QList<QHostAddress> first;
    QList<QHostAddress> second;
    for (const QHostAddress &address : addresses) {
        const bool isFirstFamily = address.protocol() == addresses.first().protocol();
        QList<QHostAddress> &family = isFirstFamily ? first : second;
        if (!family.contains(address))
            family.append(address);
    }
    QList<QHostAddress> result;
    for (qsizetype i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size())
            result.append(first[i]);
        if (i < second.size())
            result.append(second[i]);
    }
    return result.first(std::min(result.size(), maxDialAddresses));
}

/// Errc::InvalidArgument: the path is too long.
static Result<UniqueFd> startUnixConnect(const QString &path)
{
    sockaddr_un target{};
    target.sun_family = AF_UNIX;
    const QByteArray bytes = QFile::encodeName(path);
    if (bytes.isEmpty() || bytes.size() >= static_cast<qsizetype>(sizeof target.sun_path))
        return Error{Errc::InvalidArgument, u"the path of the unix socket is too long"_s};
    std::memcpy(target.sun_path, bytes.data(), static_cast<size_t>(bytes.size()));
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
    if (!fd || ::fcntl(fd.get(), F_SETFL, O_RDWR | O_NONBLOCK) != 0
        || ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0)
        return Error{Errc::Io, qt_error_string(errno)};
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&target), sizeof target) != 0
        && errno != EINPROGRESS) {
        const bool isBusy = errno == EAGAIN; // unlike TCP, connect() does not wait for room in the queue
        return Error{isBusy ? Errc::Busy : Errc::ConnectFailed, qt_error_string(errno)};
    }
    return fd;
}

bool isRefused(const Error &error)
{
    return error.code == Errc::ConnectFailed && error.detail == qt_error_string(ECONNREFUSED);
}

Result<UniqueFd> startConnect(const DialTarget &target, size_t index, FirstWord firstWord)
{
    if (!target.unixPath.isEmpty())
        return startUnixConnect(target.unixPath);
    return startConnect(target.addresses.at(static_cast<qsizetype>(index)), target.port, firstWord);
}

} // namespace frpx::net
