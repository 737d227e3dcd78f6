// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QHostAddress>
#include <QString>

#include <optional>

/// Where something is, as people write it in options, files and fields. Nothing is looked up. Every Error is
/// Errc::InvalidArgument, and its sentence goes on after the name of the option or key: "takes ..., not ...".
namespace frpx::net {

/// A host, and the port that was written behind it.
struct HostAndPort
{
    QString host; ///< a name, or an address without brackets; an IPv6 address may have a scope ("%eth0")
    std::optional<quint16> port;
};

/// Reads `NAME`, `IPV4` or `IPV6`, with or without a port: `NAME:PORT`, `IPV4:PORT`, `[IPV6]:PORT`. The
/// brackets may also stand around an IPv6 address alone.
Result<HostAndPort> parseHostAndPort(QStringView text);

/// The same where the port has a place of its own: \a portPlace names it, such as "--control-port".
Result<QString> parseHost(QStringView text, QStringView portPlace);

/// An address to listen on, with or without brackets, without a port: \a portPlace names where that stands.
/// `::` and `[::]` are QHostAddress::Any, which takes IPv4 as well.
Result<QHostAddress> parseListenAddress(QStringView text, QStringView portPlace);

/// `ADDRESS:PORT` to listen on; the port may be 0.
Result<std::pair<QHostAddress, quint16>> parseListenEndpoint(QStringView text);

/// "host:80", "[2001:db8::1]:80"; the path of a unix socket as it is ("unix:/run/app.sock").
QString hostWithPort(const QString &host, quint16 port);

/// Does \a host stand for a unix socket: "unix:" and its path? It has no port then.
bool isUnixSocket(QStringView host);
/// What is behind "unix:".
QString unixSocketPath(const QString &host);
/// Can \a host, which begins with "unix:", be a unix socket here: an absolute path that fits into the
/// system's addresses?
Result<void> checkUnixSocket(QStringView host);

/// A local service: as parseHost(), or a unix socket.
Result<QString> parseService(QStringView text, QStringView portPlace);

} // namespace frpx::net
