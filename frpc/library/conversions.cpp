// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/library/conversions.h"

namespace Frpx {

namespace {

ErrorCode codeOf(frpx::Errc code)
{
    using frpx::Errc;
    switch (code) {
    case Errc::FrameEmpty:
    case Errc::FrameTooLarge:
    case Errc::BadJson:
    case Errc::UnknownVariant:
    case Errc::BadField:
    case Errc::UnexpectedMessage:
        return ErrorCode::ProtocolError;
    case Errc::PeerClosed:
    case Errc::LinkLost:
    case Errc::OutboxFull:
        return ErrorCode::LinkLost;
    case Errc::Timeout:
        return ErrorCode::Timeout;
    case Errc::ConnectFailed:
    case Errc::ResolveFailed:
        return ErrorCode::ConnectFailed;
    case Errc::InvalidCredentials:
        return ErrorCode::InvalidCredentials;
    case Errc::InvalidToken:
        return ErrorCode::InvalidToken;
    case Errc::ClientIdInUse:
        return ErrorCode::ClientIdInUse;
    case Errc::Busy:
        return ErrorCode::Busy;
    case Errc::InvalidArgument:
        return ErrorCode::InvalidArgument;
    case Errc::Storage:
        return ErrorCode::Storage;
    default:
        return ErrorCode::Failed;
    }
}

ErrorCode codeOf(frpx::proto::TunnelCode code)
{
    using Code = frpx::proto::TunnelCode;
    switch (code) {
    case Code::Ok:
        return ErrorCode::NoError;
    case Code::PortNotAllowed:
        return ErrorCode::PortNotAllowed;
    case Code::PortOccupied:
        return ErrorCode::PortOccupied;
    case Code::BadRequest:
        return ErrorCode::BadRequest;
    case Code::NameInUse:
        return ErrorCode::NameInUse;
    case Code::NoFreePort:
        return ErrorCode::NoFreePort;
    case Code::TooMany:
        return ErrorCode::TooManyTunnels;
    case Code::ServerError:
        break;
    }
    return ErrorCode::ServerError;
}

} // namespace

Error toPublic(const frpx::Error &error)
{
    return {codeOf(error.code), error.detail};
}

Error toPublic(const frpx::Error &error, frpx::proto::TunnelCode code)
{
    return {codeOf(code), error.detail};
}

ServiceList toPublic(const std::vector<frpx::proto::Service> &services)
{
    ServiceList list;
    for (const frpx::proto::Service &service : services) {
        ServiceInfo info;
        info.port = static_cast<quint16>(service.port);
        info.name = service.name;
        info.message = service.message;
        info.birth = QDateTime::fromString(service.birth, Qt::ISODateWithMs);
        info.online = service.online;
        info.capacity = service.capacity;
        info.alreadyServed = service.alreadyServe;
        info.totalServe = service.totalServe;
        info.deadline = QDateTime::fromString(service.deadLine, Qt::ISODateWithMs);
        list.append(info);
    }
    return list;
}

PortList toPublic(const std::vector<frpx::proto::PortRange> &ports)
{
    PortList list;
    for (const frpx::proto::PortRange &range : ports)
        list.append({static_cast<quint16>(range.from), static_cast<quint16>(range.to)});
    return list;
}

ServiceList servicesOf(const frpx::client::ListQuery &query)
{
    return toPublic(query.foundServices());
}

PortList portsOf(const frpx::client::ListQuery &query)
{
    return toPublic(query.foundPorts());
}

} // namespace Frpx
