// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/library/publicerror.h"

namespace frpx {

static Frpx::ErrorCode publicCode(Errc code)
{
    using Code = Frpx::ErrorCode;
    switch (code) {
    case Errc::FrameEmpty:
    case Errc::FrameTooLarge:
    case Errc::BadJson:
    case Errc::UnknownVariant:
    case Errc::BadField:
    case Errc::UnexpectedMessage:
        return Code::ProtocolError;
    case Errc::PeerClosed:
    case Errc::LinkLost:
    case Errc::OutboxFull:
        return Code::LinkLost;
    case Errc::Timeout:
        return Code::Timeout;
    case Errc::ConnectFailed:
    case Errc::ResolveFailed:
        return Code::ConnectFailed;
    case Errc::InvalidCredentials:
        return Code::InvalidCredentials;
    case Errc::InvalidToken:
        return Code::InvalidToken;
    case Errc::ClientIdInUse:
        return Code::ClientIdInUse;
    case Errc::Busy:
        return Code::Busy;
    case Errc::InvalidArgument:
    case Errc::BadConfig:
        return Code::InvalidArgument;
    case Errc::Storage:
        return Code::Storage;
    case Errc::UnknownServer:
        return Code::UnknownServer;
    case Errc::ServerChanged:
        return Code::ServerChanged;
    case Errc::BadCertificate:
        return Code::BadCertificate;
    case Errc::TlsFailed:
        return Code::TlsFailed;
    default:
        return Code::Failed;
    }
}

Frpx::Error publicError(const Error &error)
{
    return {publicCode(error.code), error.detail};
}

} // namespace frpx
