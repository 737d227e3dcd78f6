// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

namespace frpx {

/// An error code that tests and callers can rely on. Codes are stable; texts are not.
enum class Errc {
    // Wire
    FrameEmpty, ///< a frame of length zero
    FrameTooLarge, ///< the length header exceeds the limit of this stage
    BadJson, ///< the payload is not JSON
    UnknownVariant, ///< JSON, but no known message
    BadField, ///< a field is missing, of the wrong type or out of range
    UnexpectedMessage, ///< a valid message at the wrong moment
    // Links
    PeerClosed, ///< the peer has closed the link in order
    LinkLost, ///< the link broke
    OutboxFull, ///< the peer does not read
    Timeout, ///< a deadline passed
    ConnectFailed, ///< no server answers at the address
    ResolveFailed, ///< the host name is unknown
    TlsFailed, ///< the TLS handshake failed
    UnknownServer, ///< the certificate has not been accepted yet
    ServerChanged, ///< the certificate is not the one accepted before
    BadCertificate, ///< not the required certificate, or not signed by the CA
    // Accounts
    InvalidCredentials, ///< unknown account or wrong password (never distinguished)
    InvalidToken, ///< unknown, expired or revoked token
    Forbidden, ///< known, but not allowed (for example the demo account from another machine)
    ClientIdInUse, ///< another live session holds the client id
    Busy, ///< a bounded queue is full; try again later
    // Everything else
    InvalidArgument, ///< an option or parameter is invalid
    BadConfig, ///< a configuration file has faults
    NotFound, ///< no such thing
    AlreadyExists, ///< it exists already
    Storage, ///< the database failed
    Io, ///< a file or the operating system failed
};

/// A stable code and a sentence for a person. The sentence contains no secrets.
struct Error
{
    Errc code;
    QString detail;
};

} // namespace frpx
