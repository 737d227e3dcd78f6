// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QMetaType>
#include <QString>

#include <utility>

#include <Frpx/global.h>

namespace Frpx {

/// What went wrong, in a form that programs can rely on. New codes may be added at the end.
enum class ErrorCode {
    NoError, ///< nothing did
    ConnectFailed, ///< nobody answers at the server's address, or its name is unknown
    LinkLost, ///< the connection broke, or the other side ended it
    Timeout, ///< no answer in time
    ProtocolError, ///< the other side said what it must not say
    InvalidCredentials, ///< unknown e-mail address or wrong password
    InvalidToken, ///< an unknown, expired or revoked token
    ClientIdInUse, ///< another client is connected under this id
    Busy, ///< too much is under way; later it may work
    PortNotAllowed, ///< the port is not among those that the server gives away
    PortOccupied, ///< another tunnel or program has the port
    NameInUse, ///< the account has a tunnel of that name, and it is not to be shared
    NoFreePort, ///< every port that the server gives away is taken
    TooManyTunnels, ///< the account has as many tunnels as it may have
    BadRequest, ///< a name, limit or policy that makes no sense
    ServerError, ///< the server cannot do it now
    NotSupported, ///< the server is too old for that
    InvalidArgument, ///< a parameter makes no sense
    Storage, ///< a file or the database cannot be read or written
    Cancelled, ///< the object that was asked is stopped or gone
    Failed, ///< anything else
    UnknownServer, ///< nobody has said yet that the server's certificate is to be trusted
    ServerChanged, ///< the server shows another certificate than the one accepted before
    BadCertificate, ///< the server's certificate is not the one asked for, or does not lead to the CA
    TlsFailed, ///< the server does not speak TLS with this client
};

/// A stable code, and a sentence for people.
struct Error
{
    ErrorCode code = ErrorCode::NoError; ///< for programs
    QString text; ///< for people; never a secret

    /// Whether there is an error.
    explicit operator bool() const { return code != ErrorCode::NoError; }
};

/// What a future brings: a value, or the error that prevented it. The libraries throw no exceptions, so every
/// future of theirs finishes with exactly one answer.
template <typename T>
struct Answer
{
    T value{}; ///< as it was made if there is an error
    Error error; ///< why there is no value

    /// Whether there is a value.
    explicit operator bool() const { return !error; }
};

} // namespace Frpx

Q_DECLARE_METATYPE(Frpx::Error)
