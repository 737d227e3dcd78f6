// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "frps/balance/balancepolicy.h"
#include "frps/balance/hashring.h"
#include "frps/balance/picktree.h"

#include <QFlags>
#include <QHash>

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace frpx::server {

/// Why a client of the pool gets no users. The better ones come first: see Balancer.
enum class Unavailability : quint8 {
    Ejected = 1, ///< has failed users again and again
    Unhealthy = 2, ///< its service does not pass the active check
    Draining = 4, ///< finishes what it has and leaves
    Silent = 8, ///< does not answer at the moment
};
Q_DECLARE_FLAGS(Unavailabilities, Unavailability)

/// The pool of sessions that serve a public port, and the choice among them by a policy.
///
/// A session may be out for several reasons at once. One that drains is never picked. Of the others, those
/// without any reason come first; if there is none of them (left), those that are only ejected; if there is
/// none of them either, the unhealthy ones, as a wrong check must not take the service down; and last those
/// that are silent.
///
/// A value class without clock, chance or load: they are given. Adding, removing, picking and every change
/// of one session take O(log n) steps (O(n) only for setPolicy()).
class Balancer
{
public:
    /// \a random returns a number below its argument; the default is Qt's global generator.
    using Random = std::function<quint32(quint32)>;
    explicit Balancer(Random random = {}, BalancePolicy policy = BalancePolicy::Random);

    BalancePolicy policy() const { return m_policy; }
    void setPolicy(BalancePolicy policy);

    /// \a weight (1 to 1000) is its share of the users beside the others. Who has the same \a identity
    /// as before gets the same sources as before (SourceHash).
    void add(SessionId session, int weight, quint64 identity);
    void add(SessionId session, int weight = 1) { add(session, weight, static_cast<quint64>(session)); }
    void remove(SessionId session);
    bool contains(SessionId session) const { return m_index.contains(session); }
    size_t size() const { return static_cast<size_t>(m_index.size()); }

    /// How many users \a session has now.
    void setLoad(SessionId session, qint64 load);
    void setUnavailable(SessionId session, Unavailability reason, bool unavailable);
    /// Why \a session is out; nothing if it is not in the pool.
    Unavailabilities unavailability(SessionId session) const;
    /// Sessions that are out for no reason.
    size_t available() const { return m_tiers[0].members; }

    /// Would pick() find one?
    bool canPick(std::span<const SessionId> excluded = {}) const;
    /// A session of the pool that is not in \a excluded (a few at most), or nullopt when there is none.
    /// \a source stands for the user's address, for SourceHash.
    std::optional<SessionId> pick(std::span<const SessionId> excluded = {}, quint64 source = 0);

    /// What it has cost so far, in steps that take the same time however many sessions there are.
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
        double pass = 0; ///< RoundRobin: how far the turn has come
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
    std::vector<Member> m_members; ///< by slot; slots that are free have no entry in m_index
    std::vector<Slot> m_free;
    QHash<SessionId, Slot> m_index;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(Unavailabilities)

} // namespace frpx::server
