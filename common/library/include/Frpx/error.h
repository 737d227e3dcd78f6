// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QMetaType>
#include <QString>

#include <utility>

#include <Frpx/global.h>

namespace Frpx {

/// An error code that programs can rely on. New codes may be added at the end.
enum class ErrorCode {
    NoError, ///< no error
    ConnectFailed, ///< no server answers at the address, or its name is unknown
    LinkLost, ///< the connection broke, or the other side ended it
    Timeout, ///< no answer in time
    ProtocolError, ///< the other side has violated the protocol
    InvalidCredentials, ///< unknown e-mail address or wrong password
    InvalidToken, ///< an unknown, expired or revoked token
    ClientIdInUse, ///< another client is connected under this id
    Busy, ///< a limit on concurrent operations is reached; try again later
    PortNotAllowed, ///< the port is not among those that the server gives away
    PortOccupied, ///< another tunnel or program has the port
    NameInUse, ///< the account has a tunnel of that name, and it is not shared
    NoFreePort, ///< every port that the server gives away is taken
    TooManyTunnels, ///< the account has as many tunnels as it may have
    BadRequest, ///< an invalid name, limit or policy
    ServerError, ///< the server cannot do it now
    NotSupported, ///< the server is too old for this
    InvalidArgument, ///< an invalid parameter
    Storage, ///< a file or the database cannot be read or written
    Cancelled, ///< the object is stopped or deleted
    Failed, ///< any other error
    UnknownServer, ///< the server's certificate has not been accepted yet
    ServerChanged, ///< the server's certificate is not the one accepted before
    BadCertificate, ///< the server's certificate is not the required one, or not signed by the CA
    TlsFailed, ///< the TLS handshake with the server failed
};

/// A stable code, and a sentence for people.
struct Error
{
    ErrorCode code = ErrorCode::NoError; ///< for programs
    QString text; ///< for people; never a secret

    /// Whether there is an error.
    explicit operator bool() const { return code != ErrorCode::NoError; }
};

/// The result of a future: a value, or the error that prevented it. The libraries throw no exceptions, so
/// each of their futures finishes with exactly one answer.
template <typename T>
struct Answer
{
    T value{}; ///< default-constructed if there is an error
    Error error; ///< why there is no value

    /// Whether there is a value.
    explicit operator bool() const { return !error; }
};

} // namespace Frpx

Q_DECLARE_METATYPE(Frpx::Error)
