// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/portranges.h"
#include "frps/ports/portassigner.h"

#include <QHash>

#include <map>
#include <tuple>

namespace frpx::server {

/// A PortAssigner that remembers ports while the server runs. Answers at once.
class StickyPorts : public PortAssigner
{
public:
    static constexpr size_t maxRemembered = 65'536; ///< tunnels
    /// For one request, at most so many ports used by other programs are passed over.
    static constexpr int maxProbes = 1024;

    /// Whether a port can be listened on: no other program has it.
    using Probe = std::function<bool(quint16 port)>;
    using Clock = std::function<qint64()>;

    /// Assigns \a ports. \a clock is steadyMs() except in tests.
    StickyPorts(PortRanges ports, Probe probe, Clock clock = {});

    void addPorts(quint16 from, quint16 to) override { m_ports.add(from, to); }

    void acquire(qint64 userId, const QString &tunnelName, const QString &protocol,
        const PortRequest &request, Callback callback) override;
    std::function<bool(quint16 port)> keptPorts(qint64 userId) const override;
    void release(
        qint64 userId, const QString &tunnelName, const QString &protocol, const Hold &hold) override;

private:
    using Key = std::tuple<qint64, QString, QString>;
    struct Lease
    {
        quint16 port = 0;
        bool inUse = false;
        qint64 heldUntil = 0; ///< if not in use
        bool heldForAccount = false;
    };

    quint16 portOf(const Key &key) const;
    Result<quint16> choose(const Key &key, const PortRequest &request);
    Result<void> mayHave(const Key &key, const PortRequest &request, qint64 now) const;
    bool isAllowed(quint16 port, const PortRequest &request) const;
    /// Whether another tunnel has it, or it is held for another one.
    bool isTaken(quint16 port, const Key &key, qint64 now) const;
    void forgetIdle(qint64 now);

    PortRanges m_ports;
    const Probe m_probe;
    const Clock m_clock;
    std::map<Key, Lease> m_leases;
    QHash<quint16, Key> m_holder; ///< the last holder of the port
};

} // namespace frpx::server
