// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"

#include <QList>

namespace frpx::net {

/// Something to connect to: a port at one of several addresses, or a unix socket. A value.
struct DialTarget
{
    /// Addresses are tried in this order. None: the name is not looked up yet, or it is a unix socket.
    QList<QHostAddress> addresses;
    quint16 port = 0;
    QString unixPath; ///< of a unix socket; empty: TCP
    QString name; ///< as a person gave it, for logs: "localhost:80", "unix:/run/app.sock"

    /// How many connects it offers.
    size_t count() const { return unixPath.isEmpty() ? static_cast<size_t>(addresses.size()) : 1; }
    bool isKnown() const { return count() > 0; }

    bool operator==(const DialTarget &other) const = default;
};

/// Longer lists of addresses are cut to this.
inline constexpr qsizetype maxDialAddresses = 16;

/// What \a host (a name, an address without brackets, or "unix:" and a path) and \a port stand for, as far as
/// that is known without a lookup.
DialTarget dialTarget(const QString &host, quint16 port);

/// Does \a host need a lookup?
bool isHostName(const QString &host);

/// \a addresses without repetitions, the families taking turns as RFC 8305 wants it; the first stays the
/// first.
QList<QHostAddress> interleaved(const QList<QHostAddress> &addresses);

/// Starts a non-blocking connect to what \a target offers as number \a index. As startConnect(), and
/// Errc::Busy: the unix socket's queue is full just now.
Result<UniqueFd> startConnect(
    const DialTarget &target, size_t index, FirstWord firstWord = FirstWord::Unknown);

/// Does \a error of a connect say that nobody listens there?
bool isRefused(const Error &error);

} // namespace frpx::net
