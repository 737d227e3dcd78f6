// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tunnel/tunnelspec.h"

#include <optional>
#include <variant>
#include <vector>

/// What a client may ask the server for about tunnels, and the answers. No protocol: common/protocol encodes
/// these for ours.
namespace frpx {

// The sizes of one answer.
constexpr qsizetype maxServicesPerPage = 32;
constexpr qsizetype maxRangesPerPage = 2048;

/// What became of OpenTunnel.
enum class TunnelCode {
    Ok,
    PortNotAllowed, ///< the wanted port is not among those that this server gives away
    PortOccupied, ///< another tunnel or program has it
    ServerError,
    BadRequest, ///< a name, limit or policy that makes no sense
    NameInUse, ///< this account has a tunnel of that name already, and it is not to be shared
    NoFreePort, ///< every port that this server gives away is taken
    TooMany, ///< this account has as many tunnels as it may have
};
/// Why a tunnel has ended; see TunnelClosed.
namespace tunnelend {
inline constexpr QStringView closed = u"closed"; ///< its client wanted it so
inline constexpr QStringView servedAll = u"served_all"; ///< total_connections
inline constexpr QStringView lifetime = u"lifetime"; ///< lifetime_s
inline constexpr QStringView deleted = u"deleted"; ///< by the administrator
} // namespace tunnelend

struct OpenTunnel
{
    int requestId = 0;
    /// What the server is to know of the tunnel; its name names it in all further messages of this link.
    TunnelSpec spec;
    bool anyPort = false; ///< spec.remotePort is only where the tunnel was before: another one will do
    bool operator==(const OpenTunnel &) const = default;
};

struct OpenTunnelResult
{
    int requestId = 0;
    TunnelCode code = TunnelCode::Ok;
    std::optional<QString> error = {};
    int port = 0; ///< 0 unless the code is Ok
    bool operator==(const OpenTunnelResult &) const = default;
};

struct CloseTunnel
{
    QString tunnel;
    bool operator==(const CloseTunnel &) const = default;
};

/// The server has closed a tunnel, and is not to be asked for it again.
struct TunnelClosed
{
    QString tunnel;
    QString reason; ///< see tunnelend
    bool operator==(const TunnelClosed &) const = default;
};

struct ListServices
{
    int requestId = 0;
    QString prefix; ///< of the names
    int afterPort = 0; ///< from the port behind it on
    bool operator==(const ListServices &) const = default;
};

/// An open tunnel as everybody may see it.
struct Service
{
    int port = 0;
    QString name;
    QString message;
    QString birth; ///< UTC, RFC 3339
    int online = 0; ///< users now
    int capacity = 0; ///< users at the same time; 0: no limit
    int alreadyServe = 0; ///< users so far
    int totalServe = 0; ///< then it closes; 0: no limit
    QString deadLine; ///< as birth; empty: none
    bool operator==(const Service &) const = default;
};

struct Services
{
    int requestId = 0;
    std::vector<Service> items; ///< by rising ports
    bool more = false; ///< there are further ones behind the last port
    bool operator==(const Services &) const = default;
};

struct ListFreePorts
{
    int requestId = 0;
    int afterPort = 0;
    bool operator==(const ListFreePorts &) const = default;
};

struct PortRange
{
    int from = 0;
    int to = 0; ///< included
    bool operator==(const PortRange &) const = default;
};

struct FreePorts
{
    int requestId = 0;
    std::vector<PortRange> ranges; ///< rising
    bool more = false;
    bool operator==(const FreePorts &) const = default;
};

using TunnelRequest = std::variant<OpenTunnel, CloseTunnel, ListServices, ListFreePorts>;

} // namespace frpx
