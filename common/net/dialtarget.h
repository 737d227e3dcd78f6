// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"

#include <QList>

namespace frpx::net {

/// The target of a connect: a port at one of several addresses, or a unix socket. A value.
struct DialTarget
{
    /// Tried in this order. Empty: the name is not looked up yet, or the target is a unix socket.
    QList<QHostAddress> addresses;
    quint16 port = 0;
    QString unixPath; ///< of a unix socket; empty: TCP
    QString name; ///< as configured, for logs: "localhost:80", "unix:/run/app.sock"

    /// The number of addresses to try.
    size_t count() const { return unixPath.isEmpty() ? static_cast<size_t>(addresses.size()) : 1; }
    bool isKnown() const { return count() > 0; }

    bool operator==(const DialTarget &other) const = default;
};

/// Longer lists of addresses are cut to this.
inline constexpr qsizetype maxDialAddresses = 16;

/// Returns the target for \a host (a name, an address without brackets, or "unix:" and a path) and \a port,
/// without a lookup.
DialTarget dialTarget(const QString &host, quint16 port);

/// Whether \a host needs a lookup.
bool isHostName(const QString &host);

/// Removes duplicates from \a addresses and alternates the families after RFC 8305; the first address stays
/// first.
QList<QHostAddress> interleaved(const QList<QHostAddress> &addresses);

/// Starts a non-blocking connect to address number \a index of \a target. Errors as startConnect(), and
/// Errc::Busy: the unix socket's queue is full.
Result<UniqueFd> startConnect(
    const DialTarget &target, size_t index, FirstWord firstWord = FirstWord::Unknown);

/// Whether \a error of a connect means that nothing listens there.
bool isRefused(const Error &error);

} // namespace frpx::net
