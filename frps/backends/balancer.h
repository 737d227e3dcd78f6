// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "frps/backends/balancepolicy.h"
#include "frps/backends/hashring.h"
#include "frps/backends/picktree.h"

#include <QFlags>
#include <QHash>

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace frpx::server {

/// Why a client of the pool gets no visitors. The order matters: see Balancer.
enum class Unavailability : quint8 {
    Ejected = 1, ///< has failed visitors repeatedly
    Unhealthy = 2, ///< its service does not pass the active check
    Draining = 4, ///< serves its visitors to the end and leaves
    Silent = 8, ///< does not answer at the moment
};
Q_DECLARE_FLAGS(Unavailabilities, Unavailability)

/// The sessions that serve a public port, and the choice among them by a policy.
///
/// A session may be unavailable for several reasons at once. One that drains is never picked. Sessions
/// without any reason come first; if none of them is left, those that are only ejected; then the unhealthy
/// ones, since a wrong check must not stop the service; last those that are silent.
///
/// A value class without clock, random source or load: the caller passes them. Adding, removing, picking and
/// every change of one session take O(log n) steps; only setPolicy() takes O(n).
class Balancer
{
public:
    /// \a random returns a number below its argument; the default is Qt's global generator.
    using Random = std::function<quint32(quint32)>;
    explicit Balancer(Random random = {}, BalancePolicy policy = BalancePolicy::Random);

    BalancePolicy policy() const { return m_policy; }
    void setPolicy(BalancePolicy policy);

    /// \a weight (1 to 1000) is the session's share of the visitors, relative to the others. A session with
    /// the same \a identity as an earlier one gets the same sources (SourceHash).
    void add(SessionId session, int weight, quint64 identity);
    void add(SessionId session, int weight = 1) { add(session, weight, static_cast<quint64>(session)); }
    void remove(SessionId session);
    bool contains(SessionId session) const { return m_index.contains(session); }
    size_t size() const { return static_cast<size_t>(m_index.size()); }

    /// \a load: the number of its visitors now.
    void setLoad(SessionId session, qint64 load);
    void setUnavailable(SessionId session, Unavailability reason, bool unavailable);
    /// Why \a session is unavailable; empty if it is not in the pool.
    Unavailabilities unavailability(SessionId session) const;
    /// The number of sessions without a reason.
    size_t available() const { return m_tiers[0].members; }

    /// True if pick() would find one.
    bool canPick(std::span<const SessionId> excluded = {}) const;
    /// A session of the pool that is not in \a excluded (a few at most), or nullopt if there is none. \a
    /// source is a hash of the visitor's address, for SourceHash.
    std::optional<SessionId> pick(std::span<const SessionId> excluded = {}, quint64 source = 0);

    /// The cost so far, in steps of constant time.
    quint64 steps() const;

private:
    using Slot = PickTree::Leaf;
    struct Member
    {
        SessionId session{};
        int weight = 1;
        quint64 identity = 0;
        qint64 load = 0;
        double pass = 0; ///< RoundRobin: when it is due, on its tier's clock
        Unavailabilities reasons;
    };
    /// Members that are equally eligible.
    struct Tier
    {
        PickTree tree;
        HashRing ring; ///< used only for SourceHash
        double pass = 0; ///< RoundRobin: the tier's clock
        size_t members = 0;
    };

    static std::optional<size_t> tierFor(Unavailabilities reasons);
    double keyOf(const Member &member) const;
    void enter(Slot slot);
    void leave(Slot slot);
    void updateLeaf(Tier &tier, Slot slot);
    std::vector<Slot> slotsOf(std::span<const SessionId> sessions) const;
    Slot choose(Tier &tier, std::span<const Slot> excluded, quint64 source);
    Slot chooseByTree(Tier &tier);
    quint64 draw(quint64 bound);

    Random m_random;
    BalancePolicy m_policy;
    std::array<Tier, 4> m_tiers; ///< best first
    std::vector<Member> m_members; ///< by slot; free slots have no entry in m_index
    std::vector<Slot> m_free;
    QHash<SessionId, Slot> m_index;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(Unavailabilities)

} // namespace frpx::server
