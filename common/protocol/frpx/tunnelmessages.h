// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tunnel/tunnelrequests.h"

#include <QString>

/// The messages of the feature `tunnels`: a part of messages.h, which see.
namespace frpx::proto {

using frpx::CloseTunnel;
using frpx::FreePorts;
using frpx::ListFreePorts;
using frpx::ListServices;
using frpx::OpenTunnel;
using frpx::OpenTunnelResult;
using frpx::PortRange;
using frpx::Service;
using frpx::Services;
using frpx::TunnelClosed;
using frpx::TunnelCode;
namespace tunnelend = frpx::tunnelend;

// So that the longest item, in UTF-8, times this fits into a frame.
constexpr qsizetype maxServicesPerMessage = maxServicesPerPage;
constexpr qsizetype maxRangesPerMessage = maxRangesPerPage;

/// The word for \a code on the wire.
QLatin1String tunnelCodeName(TunnelCode code);
/// An unknown word, of a newer server, counts as ServerError.
TunnelCode tunnelCodeFromName(const QString &name);

/// Feature `retry-tunnels`: something has changed, and a tunnel that was refused may be opened now.
struct RetryTunnels
{
    bool operator==(const RetryTunnels &) const = default;
};

} // namespace frpx::proto
