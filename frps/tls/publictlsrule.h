// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/portranges.h"

#include <QString>

namespace frpx::server {

/// Public ports whose users speak TLS, and the certificate that they see.
struct PublicTlsRule
{
    bool ofPublicPort = false; ///< that of the default tunnel, whatever its number
    PortRanges ports; ///< and these, whosever they are
    QString certificateFile;
    QString keyFile;

    bool covers(bool isPublicPort, quint16 port) const
    {
        return (ofPublicPort && isPublicPort) || ports.contains(port);
    }
    friend bool operator==(const PublicTlsRule &, const PublicTlsRule &) = default;
};

} // namespace frpx::server
