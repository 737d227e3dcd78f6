// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/protocol/frpx/messages.h"

#include <vector>

namespace frpx::client {

/// A query for a list that the server sends in pages: the next request, and the entries so far. A value
/// class.
class ListQuery
{
public:
    /// Asks for the tunnels whose names begin with \a prefix.
    static ListQuery services(const QString &prefix);
    static ListQuery freePorts();

    /// Returns the request for the next page.
    proto::Message request(int requestId) const;
    /// Takes a page; returns whether it was the last one. Errc::BadField for a page that was not requested or
    /// is out of order. The ports of a list rise, so that it ends whatever the server sends.
    Result<bool> take(const proto::Services &page);
    Result<bool> take(const proto::FreePorts &page);
    /// Starts again, for another link.
    void restart();

    // The entries so far.
    const std::vector<proto::Service> &foundServices() const { return m_services; }
    const std::vector<proto::PortRange> &foundPorts() const { return m_ports; }

private:
    bool m_wantsPorts = false;
    QString m_prefix;
    std::vector<proto::Service> m_services;
    std::vector<proto::PortRange> m_ports;
};

} // namespace frpx::client
