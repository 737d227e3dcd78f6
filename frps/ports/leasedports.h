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

/// A PortAssigner that remembers for good: who takes any port gets a lease of the PortKeeper's for it, and
/// is told when that is stored. When no port is left, the lease that nobody has used for the longest time is
/// given to somebody else (docs/adr/0023). An account that has as many leases as it may have loses its own
/// one that it has not used for the longest time. A port that was asked for by its number is not leased.
class LeasedPorts : public PortAssigner
{
public:
    static constexpr int maxProbes = 1024; ///< ports of other programs passed over for one request
    /// So long after the start nobody loses a lease: those who have them are coming back.
    static constexpr qint64 graceMs = 60'000;

    /// Whether a port can be listened on: no other program has it.
    using Probe = std::function<bool(quint16 port)>;
    using Clock = std::function<qint64()>;

    /// Gives away \a ports. \a keeper is ready and outlives this object; \a clock is steadyMs() but for
    /// tests.
    LeasedPorts(PortKeeper &keeper, PortRanges ports, Probe probe, Clock clock = {});

    void addPorts(quint16 from, quint16 to) override { m_ports.add(from, to); }
    void acquire(qint64 userId, const QString &tunnelName, const QString &protocol,
        const PortRequest &request, Callback callback) override;
    std::function<bool(quint16 port)> keptPorts(qint64 userId) const override;
    void release(
        qint64 userId, const QString &tunnelName, const QString &protocol, const Hold &hold) override;

private:
    /// Who has a port at the moment, with a lease or without.
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
    /// Whether somebody else has it open, or it is held for him.
    bool isTaken(quint16 port, const LeaseKey &key) const;
    bool isFree(quint16 port, const LeaseKey &key) const;
    /// Whether anybody has it open, or it is held for one who may come back.
    bool isInUse(quint16 port) const;
    int countOf(const LeaseKey &key) const;
    /// Whether leases have to be recycled, and may be.
    bool isExhausted() const;
    bool mayTakeFrom(const Lease &lease, const LeaseKey &key) const;
    void hold(const LeaseKey &key, quint16 port);
    void letGo(const LeaseKey &key, const Hold &hold);

    PortKeeper &m_keeper;
    PortRanges m_ports;
    const Probe m_probe;
    const Clock m_clock;
    const qint64 m_startedMs;
    std::unordered_map<quint16, Holder> m_holders; ///< also those who have let go
    std::unordered_map<LeaseKey, quint16, LeaseKeyHash> m_portOf; ///< for each of them
    /// Shared with what waits for the keeper, which must not call this object when it is gone.
    std::shared_ptr<char> m_life = std::make_shared<char>();
};

} // namespace frpx::server
