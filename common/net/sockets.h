// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/core/uniquefd.h"

#include <QByteArrayView>
#include <QHostAddress>

/// Socket calls that Qt does not offer for raw descriptors. All are non-blocking and may be called from any
/// thread.
namespace frpx::net {

struct Endpoint
{
    QHostAddress address;
    quint16 port = 0;

    QString toString() const; ///< "192.0.2.1:80" or "[2001:db8::1]:80"
};

/// Both ends of a connection.
struct LinkEnds
{
    Endpoint local;
    Endpoint remote;
};

/// The remote end of a connected socket; a null address if it has closed already.
Endpoint peerOf(int fd);

/// The local end: for an accepted connection, the address that its peer connected to.
Endpoint localOf(int fd);

/// Accepts the next connection at the listening socket \a fd, non-blocking and close-on-exec; without one, an
/// invalid descriptor and the reason in errno.
UniqueFd acceptFrom(int fd);

/// Prepares a TCP socket for relaying: no Nagle delay, kernel keep-alive that detects a vanished peer within
/// two minutes without a timer. Accepted sockets inherit these options from their listening socket.
void prepareStream(int fd);

/// Only the keep-alive of prepareStream(): four calls, useful only for a long connection.
void keepAlive(int fd);

/// Like prepareStream() without the keep-alive: for a peer on this machine or close to it.
void prepareLocalStream(int fd);

/// For \a fd, not connected yet or listening: its connections stay within this machine. There is no
/// congestion: where the system's congestion control is BBR, which paces packets by timers, another one is
/// set (docs/adr/0026).
void setWithinMachine(int fd);

/// Makes the listening socket \a fd return connections only after their peers have sent data, where the
/// system can (Linux). Silent ones are returned about a second later.
void acceptOnlyWithData(int fd);

/// Whether both directions of a connection have ended, in order or by an error. Does not clear the error.
bool isBroken(int fd);

/// From now on \a fd is closed with a reset instead of an orderly end, so that its peer does not take
/// truncated data for complete. The kernel does so, too, when the process is killed.
void resetOnClose(int fd);

/// Undoes resetOnClose(): sent data still arrive after the close, followed by the end.
void endOnClose(int fd);

/// Ends the sending direction in order; receiving continues.
void endSending(int fd);

/// The kernel closes a connection within \a milliseconds once the peer stops acknowledging data (Linux only).
void setUserTimeout(int fd, int milliseconds);

/// Whether the peer has stopped answering: sent data were repeated again and again and nothing at all was
/// received for \a milliseconds. A peer that only does not read still answers. Always false where the system
/// does not report it (only Linux does).
bool isUnheard(int fd, int milliseconds, int repetitions);

enum class FirstWord {
    Unknown, ///< perhaps the peer
    Ours, ///< this side sends as soon as the connection is established: the last packet of the handshake
          ///< carries the data
};

/// Starts a non-blocking connect. The descriptor becomes writable when it is decided; then call
/// connectResult(). Fails at once with Errc::ConnectFailed or, out of descriptors, Errc::Io.
Result<UniqueFd> startConnect(
    const QHostAddress &address, quint16 port, FirstWord firstWord = FirstWord::Unknown);

/// The result of a connect: success, or Errc::ConnectFailed with the system's text.
Result<void> connectResult(int fd);

/// Whether the connection is open with nothing to read. False also when the peer has sent data.
bool isQuiet(int fd);

/// Gives all of \a bytes to the kernel, which may hold them for up to 0.2 s so that they are sent with the
/// next data (Linux; elsewhere they are sent at once); sendHeldBack() ends the wait. Results as sendWhole().
bool sendWithNext(int fd, QByteArrayView bytes);
/// Sends the data that sendWithNext() has held back.
void sendHeldBack(int fd);

/// Sends all of \a bytes at once. The empty send buffer of a new connection always takes a small frame; false
/// means that the connection is broken.
bool sendWhole(int fd, QByteArrayView bytes);

} // namespace frpx::net
