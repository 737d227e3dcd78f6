// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/portranges.h"
#include "frps/ports/lease.h"

#include <array>
#include <functional>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace frpx::server {

/// All leases in memory, and which ports are free. A pure value class; the time of a lookup does not grow
/// with the number of leases.
///
/// A *reserved* port is about to be stored or removed: not free, and not leased yet.
class LeaseTable
{
public:
    explicit LeaseTable(PortRanges allowed = {});
    Q_DISABLE_COPY(LeaseTable)
    LeaseTable(LeaseTable &&) = default;
    LeaseTable &operator=(LeaseTable &&) = default;
    ~LeaseTable() = default;

    const PortRanges &allowed() const { return m_allowed; }

    /// \return false, and changes nothing, if the key, the port or the id has a lease already.
    bool insert(const Lease &lease);
    void remove(const LeaseKey &key);

    /// Null if there is none; valid until the next change.
    const Lease *find(const LeaseKey &key) const;
    const Lease *find(qint64 id) const;
    /// The imported lease that \a key may inherit: its name is "user.tunnel", or the tunnel's name alone if
    /// that begins with the user's, as with frp. Null if there is none, or if it is being inherited.
    const Lease *inheritance(const LeaseKey &key) const;

    /// The lease of \a port; null if there is none.
    const Lease *holder(PortProtocol protocol, quint16 port) const;
    /// Neither leased nor reserved. It need not be allowed.
    bool isUnused(PortProtocol protocol, quint16 port) const { return space(protocol).uses[port] == 0; }
    bool isReserved(PortProtocol protocol, quint16 port) const
    {
        return (space(protocol).uses[port] & Reserved) != 0;
    }
    /// Sets the time of use of the lease of \a key to \a nowMs. \return the changed lease; null if there is
    /// none.
    const Lease *touch(const LeaseKey &key, qint64 nowMs);
    /// Calls \a visit for the leases of accounts, the one unused for the longest time first, until it returns
    /// false.
    void forEachOfAccounts(PortProtocol protocol, const std::function<bool(const Lease &)> &visit) const;
    /// The same for the leases of one account.
    void forEachOf(
        qint64 account, PortProtocol protocol, const std::function<bool(const Lease &)> &visit) const;

    /// \a wanted if it is allowed and free, else the lowest free port; 0 if none is left.
    quint16 choose(PortProtocol protocol, quint16 wanted) const;
    void setReserved(PortProtocol protocol, quint16 port, bool reserved);

    /// At most \a limit leases in order of id, those after \a afterId.
    std::vector<Lease> page(qint64 afterId, qsizetype limit) const;
    qsizetype size() const { return static_cast<qsizetype>(m_leases.size()); }

private:
    enum Use : quint8 { Leased = 1, Reserved = 2 };
    struct Space
    {
        std::vector<quint8> uses; ///< by port
        std::unordered_map<quint16, const Lease *> holders; ///< into m_leases
        std::map<std::pair<qint64, qint64>, const Lease *> byUse; ///< of accounts; by time of use and id
        std::map<std::tuple<qint64, qint64, qint64>, const Lease *> byAccount; ///< and then as byUse
        mutable int firstFree = 0; ///< all allowed ports below this are in use
    };

    Space &space(PortProtocol protocol) { return m_spaces.at(static_cast<size_t>(protocol)); }
    const Space &space(PortProtocol protocol) const { return m_spaces.at(static_cast<size_t>(protocol)); }
    void clear(PortProtocol protocol, quint16 port, Use use);

    PortRanges m_allowed;
    std::unordered_map<LeaseKey, Lease, LeaseKeyHash> m_leases;
    std::map<qint64, const Lease *> m_byId; ///< into m_leases, whose nodes do not move
    std::array<Space, portProtocols> m_spaces;
};

} // namespace frpx::server
