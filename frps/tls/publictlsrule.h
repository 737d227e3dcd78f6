// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/portranges.h"

#include <QString>

namespace frpx::server {

/// Public ports with TLS, and their certificate.
struct PublicTlsRule
{
    bool ofPublicPort = false; ///< the port of the default tunnel, whatever its number
    PortRanges ports; ///< and these, of any tunnel
    QString certificateFile;
    QString keyFile;

    bool covers(bool isPublicPort, quint16 port) const
    {
        return (ofPublicPort && isPublicPort) || ports.contains(port);
    }
    friend bool operator==(const PublicTlsRule &, const PublicTlsRule &) = default;
};

} // namespace frpx::server
