// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

namespace frpx {

/// What went wrong, in a form that tests and callers can rely on. Codes are stable; texts are not.
enum class Errc {
    // Wire
    FrameEmpty, ///< a frame of length zero
    FrameTooLarge, ///< the length header exceeds the limit of this stage
    BadJson, ///< the payload is not JSON
    UnknownVariant, ///< JSON, but not a message we know
    BadField, ///< a field is missing, of the wrong type or out of range
    UnexpectedMessage, ///< a valid message at the wrong moment
    // Links
    PeerClosed, ///< the other side ended the link in order
    LinkLost, ///< the link broke
    OutboxFull, ///< the peer does not read what we send
    Timeout, ///< a deadline passed
    ConnectFailed, ///< nobody answered there
    ResolveFailed, ///< the host name is unknown
    TlsFailed, ///< no agreement on TLS
    UnknownServer, ///< nobody has said yet that its certificate is to be trusted
    ServerChanged, ///< it shows another certificate than the one accepted before
    BadCertificate, ///< not the one asked for, or none that leads to the CA
    // Accounts
    InvalidCredentials, ///< unknown address or wrong password (never told apart)
    InvalidToken, ///< unknown, expired or revoked token
    Forbidden, ///< known, but not allowed to (for example the demo account from afar)
    ClientIdInUse, ///< another live session holds the client id
    Busy, ///< a bounded queue is full; try again later
    // Everything else
    InvalidArgument, ///< an option or parameter makes no sense
    BadConfig, ///< a configuration file has faults
    NotFound, ///< no such thing
    AlreadyExists, ///< there is one already
    Storage, ///< the database failed
    Io, ///< a file or the operating system failed
};

/// A stable code and a sentence for a person. The sentence holds no secrets.
struct Error
{
    Errc code;
    QString detail;
};

} // namespace frpx
