// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/protocol/messages.h"

#include <vector>

namespace frpx::client {

/// A question to a server for a list that comes in pages: what to ask for next, and what has come so far. A
/// value class.
class ListQuery
{
public:
    /// For the tunnels whose names begin with \a prefix.
    static ListQuery services(const QString &prefix);
    static ListQuery freePorts();

    /// Asks for the next page.
    proto::Message request(int requestId) const;
    /// Takes the page; whether it was the last one. Errc::BadField for one that was not asked for, or is out
    /// of order. Lists rise by ports: so there is an end, whatever the server says.
    Result<bool> take(const proto::Services &page);
    Result<bool> take(const proto::FreePorts &page);
    /// Begins again, for another link.
    void restart();

    // What has come.
    const std::vector<proto::Service> &foundServices() const { return m_services; }
    const std::vector<proto::PortRange> &foundPorts() const { return m_ports; }

private:
    bool m_wantsPorts = false;
    QString m_prefix;
    std::vector<proto::Service> m_services;
    std::vector<proto::PortRange> m_ports;
};

} // namespace frpx::client
