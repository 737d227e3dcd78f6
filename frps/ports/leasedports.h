// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/lease.h"
#include "frps/ports/portassigner.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace frpx::server {

class PortKeeper;

/// A PortAssigner that remembers ports durably: a tunnel that asks for any port gets a lease of the
/// PortKeeper for it, and the answer once the lease is stored. When no port is left, the lease that has been
/// unused for the longest time goes to another tunnel (docs/adr/0023). An account that has all the leases it
/// may have loses its own one that has been unused for the longest time. A port that is asked for by number
/// is not leased.
class LeasedPorts : public PortAssigner
{
public:
    /// For one request, at most so many ports used by other programs are passed over.
    static constexpr int maxProbes = 1024;
    /// No lease is taken away for so long after the start, since its tunnel may be about to return.
    static constexpr qint64 graceMs = 60'000;

    /// Whether a port can be listened on: no other program has it.
    using Probe = std::function<bool(quint16 port)>;
    using Clock = std::function<qint64()>;

    /// Assigns \a ports. \a keeper must be ready and outlive this object; \a clock is steadyMs() except in
    /// tests.
    LeasedPorts(PortKeeper &keeper, PortRanges ports, Probe probe, Clock clock = {});

    void addPorts(quint16 from, quint16 to) override { m_ports.add(from, to); }
    void acquire(qint64 userId, const QString &tunnelName, const QString &protocol,
        const PortRequest &request, Callback callback) override;
    std::function<bool(quint16 port)> keptPorts(qint64 userId) const override;
    void release(
        qint64 userId, const QString &tunnelName, const QString &protocol, const Hold &hold) override;

private:
    /// The tunnel that has a port at the moment, with a lease or without.
    struct Holder
    {
        LeaseKey key;
        bool inUse = false;
        qint64 heldUntil = 0; ///< if not in use
        bool heldForAccount = false;
    };

    void acquireWanted(const LeaseKey &key, const PortRequest &request, const Callback &callback);
    void acquireAny(const LeaseKey &key, const PortRequest &request, const Callback &callback, int attempt);
    bool canGrant(const LeaseKey &key, const PortRequest &request) const;
    std::vector<Lease> idleLeasesOf(const LeaseKey &key) const;
    std::optional<Lease> chooseOwn(const LeaseKey &key, const PortRequest &request) const;
    void noteGivenUp(const Lease &lease, int maxLeases);
    void giveUpSurplus(const LeaseKey &key, int maxLeases);
    quint16 chooseFree(const LeaseKey &key, const PortRequest &request) const;
    quint16 chooseRecycled(const LeaseKey &key, const PortRequest &request) const;
    bool isAllowed(quint16 port, const PortRequest &request) const;
    /// Whether another tunnel has it open, or it is held for another one.
    bool isTaken(quint16 port, const LeaseKey &key) const;
    bool isFree(quint16 port, const LeaseKey &key) const;
    /// Whether a tunnel has it open, or it is held for one that may return.
    bool isInUse(quint16 port) const;
    int countOf(const LeaseKey &key) const;
    /// Whether leases must be recycled, and may be.
    bool isExhausted() const;
    bool mayTakeFrom(const Lease &lease, const LeaseKey &key) const;
    void hold(const LeaseKey &key, quint16 port);
    void letGo(const LeaseKey &key, const Hold &hold);

    PortKeeper &m_keeper;
    PortRanges m_ports;
    const Probe m_probe;
    const Clock m_clock;
    const qint64 m_startedMs;
    std::unordered_map<quint16, Holder> m_holders; ///< including tunnels that have ended
    std::unordered_map<LeaseKey, quint16, LeaseKeyHash> m_portOf; ///< of each key in m_holders
    /// Expires with this object; checked by callbacks of the keeper.
    std::shared_ptr<char> m_life = std::make_shared<char>();
};

} // namespace frpx::server
