// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/portkeeper.h"
#include "frps/ports/stickyports.h"

namespace frpx::server {

/// A PortAssigner that remembers for good: who has which port is the PortKeeper's word, which ports are in
/// use just now that of StickyPorts. A tunnel that does not care gets the port it has had before, or the
/// lowest that belongs to nobody; one that asks for a port gets that or none, and it is its own from then on.
class KeptPorts : public PortAssigner
{
public:
    /// Both are borrowed.
    KeptPorts(PortKeeper &keeper, StickyPorts &ports)
        : m_keeper(keeper)
        , m_ports(ports)
    { }

    void acquire(qint64 userId, const QString &tunnelName, const QString &protocol, quint16 wantedPort,
        Callback callback) override;
    void release(
        qint64 userId, const QString &tunnelName, const QString &protocol, qint64 heldForMs = 0) override;

    /// The key of a tunnel of ours. Users of real frp servers cannot have such a name.
    static LeaseKey keyOf(qint64 userId, const QString &tunnelName, const QString &protocol);

private:
    struct Request;

    void take(const Request &request);

    PortKeeper &m_keeper;
    StickyPorts &m_ports;
};

} // namespace frpx::server
