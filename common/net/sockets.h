// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/net/uniquefd.h"

#include <QByteArrayView>
#include <QHostAddress>

/// The few socket calls that Qt does not offer on raw descriptors. All are non-blocking and may be called
/// from any thread.
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

/// The other side of a connected socket; a null address when it is gone already.
Endpoint peerOf(int fd);

/// This side of it: for an accepted connection, where its peer wanted to go.
Endpoint localOf(int fd);

/// The next connection waiting at the listening socket \a fd, non-blocking and close-on-exec; if there is
/// none, an invalid one and the reason in errno.
UniqueFd acceptFrom(int fd);

/// Prepares a TCP socket for relaying: no Nagle delay, kernel keep-alive that finds a vanished peer within
/// two minutes without any timer of ours. Accepted sockets inherit all this from their listening
/// socket.
void prepareStream(int fd);

/// The keep-alive of prepareStream() alone: four calls, of use only to a connection that lasts.
void keepAlive(int fd);

/// As prepareStream(), without the keep-alive: the peer is on this machine or next to it.
void prepareLocalStream(int fd);

/// For \a fd, not connected yet, or listening: what it connects is within this machine. There is nothing to
/// congest: where the system's congestion control is BBR, which spaces packets out by timers, it is spared
/// that (docs/adr/0026).
void setWithinMachine(int fd);

/// Makes the listening socket \a fd hand out connections only once their peers have said something, where the
/// system can (Linux). Those that stay silent come about a second late.
void acceptOnlyWithData(int fd);

/// Whether both ways of a connection are over, in order or by an error. Does not take the error.
bool isBroken(int fd);

/// From now on \a fd is closed with a reset instead of an orderly end, so that its peer cannot take cut-off
/// data for whole. The kernel does it, too, when the process is killed.
void resetOnClose(int fd);

/// Takes resetOnClose() back: what was sent still arrives after the close, and the end behind it.
void endOnClose(int fd);

/// Ends the way out, in order; what comes in can still be read.
void endSending(int fd);

/// A connected pair closes within \a milliseconds once the peer stops acknowledging what was sent (Linux
/// only).
void setUserTimeout(int fd, int milliseconds);

/// Has the peer stopped answering: sent data were repeated again and again and nothing at all has come back
/// for \a milliseconds? A peer that merely does not read is not meant; it goes on answering. Always false
/// where the system does not tell (only Linux does).
bool isUnheard(int fd, int milliseconds, int repetitions);

enum class FirstWord {
    Unknown, ///< perhaps the peer's
    Ours, ///< we send something as soon as the connection is there: the handshake's last packet goes with it
};

/// Starts a non-blocking connect. The descriptor becomes writable when it is decided; ask connectResult()
/// then. Fails at once with Errc::ConnectFailed or, out of descriptors, Errc::Io.
Result<UniqueFd> startConnect(
    const QHostAddress &address, quint16 port, FirstWord firstWord = FirstWord::Unknown);

/// How a connect ended: success, or Errc::ConnectFailed with the system's words.
Result<void> connectResult(int fd);

/// Is the connection still whole, with nothing to read? False also when the peer has sent something.
bool isQuiet(int fd);

/// Hands all of \a bytes to the kernel, which may keep them for up to 0.2 s so that they go out with what is
/// sent next (Linux; elsewhere they go out at once); sendHeldBack() ends its waiting. Results as sendWhole().
bool sendWithNext(int fd, QByteArrayView bytes);
/// Lets go what sendWithNext() has left behind.
void sendHeldBack(int fd);

/// Sends all of \a bytes at once. A fresh connection's empty send buffer always takes a small frame; false
/// means that the connection is broken.
bool sendWhole(int fd, QByteArrayView bytes);

} // namespace frpx::net
