// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QHostAddress>
#include <QString>

#include <optional>

/// Parses hosts and addresses as people write them in options, files and fields, without a lookup. Every
/// Error is Errc::InvalidArgument; its sentence continues after the name of the option or key: "takes ...,
/// not ...".
namespace frpx::net {

/// A host and the port after it.
struct HostAndPort
{
    QString host; ///< a name, or an address without brackets; an IPv6 address may have a scope ("%eth0")
    std::optional<quint16> port;
};

/// Parses `NAME`, `IPV4` or `IPV6`, with or without a port: `NAME:PORT`, `IPV4:PORT`, `[IPV6]:PORT`. An IPv6
/// address may be in brackets without a port.
Result<HostAndPort> parseHostAndPort(QStringView text);

/// The same for a host whose port is set elsewhere: \a portPlace names that option, such as "--control-port".
Result<QString> parseHost(QStringView text, QStringView portPlace);

/// An address to listen on, with or without brackets, without a port: \a portPlace names the option of the
/// port. `::` and `[::]` are QHostAddress::Any, which accepts IPv4 as well.
Result<QHostAddress> parseListenAddress(QStringView text, QStringView portPlace);

/// `ADDRESS:PORT` to listen on; the port may be 0.
Result<std::pair<QHostAddress, quint16>> parseListenEndpoint(QStringView text);

/// "host:80", "[2001:db8::1]:80"; the path of a unix socket as it is ("unix:/run/app.sock").
QString hostWithPort(const QString &host, quint16 port);

/// Whether \a host is a unix socket: "unix:" and its path. It has no port then.
bool isUnixSocket(QStringView host);
/// The path after "unix:".
QString unixSocketPath(const QString &host);
/// Checks that \a host, which begins with "unix:", is usable: an absolute path that fits into the system's
/// socket addresses.
Result<void> checkUnixSocket(QStringView host);

/// A local service: as parseHost(), or a unix socket.
Result<QString> parseService(QStringView text, QStringView portPlace);

} // namespace frpx::net
