// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/backends/balancer.h"

#include <QRandomGenerator>

#include <algorithm>

namespace frpx::server {

namespace {

/// The length of one round: a member of weight w is due w times in it. Divisible by the usual weights, so
/// that a round is even, and small enough for a double to count exactly for years.
constexpr double roundLength = 18'018'000;

} // namespace

Balancer::Balancer(Random random, BalancePolicy policy)
    : m_random(random ? std::move(random)
                      : Random([](quint32 bound) { return QRandomGenerator::global()->bounded(bound); }))
    , m_policy(policy)
{ }

void Balancer::setPolicy(BalancePolicy policy)
{
    if (policy == m_policy)
        return;
    for (const Slot slot : std::as_const(m_index))
        leave(slot);
    m_policy = policy;
    for (Tier &tier : m_tiers)
        tier.pass = 0;
    for (Slot slot = 0; slot < m_members.size(); ++slot) { // in the order of the members, for RoundRobin
        if (m_index.contains(m_members[slot].session))
            enter(slot);
    }
}

void Balancer::add(SessionId session, int weight, quint64 identity)
{
    if (m_index.contains(session))
        return;
    Slot slot = static_cast<Slot>(m_members.size());
    if (m_free.empty()) {
        m_members.emplace_back();
    } else {
        slot = m_free.back();
        m_free.pop_back();
    }
    Member fresh;
    fresh.session = session;
    fresh.weight = std::clamp(weight, 1, 1000);
    fresh.identity = identity;
    m_members[slot] = fresh;
    m_index.insert(session, slot);
    enter(slot);
}

void Balancer::remove(SessionId session)
{
    const auto it = m_index.constFind(session);
    if (it == m_index.cend())
        return;
    const Slot slot = *it;
    leave(slot);
    m_index.erase(it);
    m_members[slot] = {};
    m_free.push_back(slot);
}

void Balancer::setLoad(SessionId session, qint64 load)
{
    const auto it = m_index.constFind(session);
    if (it == m_index.cend() || m_members[*it].load == load)
        return;
    Member &member = m_members[*it];
    member.load = load;
    const std::optional<size_t> tier = tierFor(member.reasons);
    if (tier && m_policy == BalancePolicy::LeastConnections)
        updateLeaf(m_tiers[*tier], *it);
}

void Balancer::setUnavailable(SessionId session, Unavailability reason, bool unavailable)
{
    const auto it = m_index.constFind(session);
    if (it == m_index.cend())
        return;
    Unavailabilities reasons = m_members[*it].reasons;
    reasons.setFlag(reason, unavailable);
    const bool moves = tierFor(reasons) != tierFor(m_members[*it].reasons);
    if (moves)
        leave(*it);
    m_members[*it].reasons = reasons;
    if (moves)
        enter(*it);
}

Unavailabilities Balancer::unavailability(SessionId session) const
{
    const auto it = m_index.constFind(session);
    return it == m_index.cend() ? Unavailabilities() : m_members[*it].reasons;
}

std::optional<size_t> Balancer::tierFor(Unavailabilities reasons)
{
    if (reasons.testFlag(Unavailability::Draining))
        return std::nullopt;
    if (reasons.testFlag(Unavailability::Silent))
        return 3;
    if (reasons.testFlag(Unavailability::Unhealthy))
        return 2;
    return reasons.testFlag(Unavailability::Ejected) ? 1 : 0;
}

/// The key of the member's leaf: the member with the least key is picked.
double Balancer::keyOf(const Member &member) const
{
    switch (m_policy) {
    case BalancePolicy::RoundRobin:
        return member.pass;
    case BalancePolicy::LeastConnections:
        return static_cast<double>(member.load) / member.weight;
    case BalancePolicy::Random:
    case BalancePolicy::TwoChoices:
    case BalancePolicy::SourceHash:
        break;
    }
    return 0;
}

void Balancer::enter(Slot slot)
{
    Member &member = m_members[slot];
    const std::optional<size_t> index = tierFor(member.reasons);
    if (!index)
        return;
    Tier &tier = m_tiers[*index];
    ++tier.members;
    if (m_policy == BalancePolicy::SourceHash)
        return tier.ring.add(slot, member.identity, member.weight);
    // In the middle of its first interval: no backlog and no delay.
    member.pass = tier.pass + roundLength / 2 / member.weight;
    updateLeaf(tier, slot);
}

void Balancer::leave(Slot slot)
{
    const Member &member = m_members[slot];
    const std::optional<size_t> index = tierFor(member.reasons);
    if (!index)
        return;
    Tier &tier = m_tiers[*index];
    --tier.members;
    if (m_policy == BalancePolicy::SourceHash)
        tier.ring.remove(slot, member.identity, member.weight);
    else
        tier.tree.clear(slot);
}

void Balancer::updateLeaf(Tier &tier, Slot slot)
{
    const Member &member = m_members[slot];
    tier.tree.set(slot, static_cast<quint32>(member.weight), keyOf(member));
}

std::vector<Balancer::Slot> Balancer::slotsOf(std::span<const SessionId> sessions) const
{
    std::vector<Slot> found;
    for (const SessionId session : sessions) {
        const auto it = m_index.constFind(session);
        if (it != m_index.cend() && tierFor(m_members[*it].reasons)
            && std::find(found.begin(), found.end(), *it) == found.end())
            found.push_back(*it);
    }
    return found;
}

bool Balancer::canPick(std::span<const SessionId> excluded) const
{
    size_t members = 0;
    for (const Tier &tier : m_tiers)
        members += tier.members;
    return members > slotsOf(excluded).size();
}

std::optional<SessionId> Balancer::pick(std::span<const SessionId> excluded, quint64 source)
{
    const std::vector<Slot> out = slotsOf(excluded);
    for (size_t i = 0; i < m_tiers.size(); ++i) {
        std::vector<Slot> outHere;
        std::copy_if(out.begin(), out.end(), std::back_inserter(outHere),
            [&](Slot slot) { return tierFor(m_members[slot].reasons) == i; });
        if (m_tiers[i].members > outHere.size())
            return m_members[choose(m_tiers[i], outHere, source)].session;
    }
    return std::nullopt;
}

/// At least one member of \a tier is not in \a excluded.
Balancer::Slot Balancer::choose(Tier &tier, std::span<const Slot> excluded, quint64 source)
{
    if (m_policy == BalancePolicy::SourceHash)
        return tier.ring.find(source, excluded);
    for (const Slot slot : excluded)
        tier.tree.clear(slot); // for this choice only
    const Slot slot = chooseByTree(tier);
    for (const Slot back : excluded)
        updateLeaf(tier, back);
    return slot;
}

Balancer::Slot Balancer::chooseByTree(Tier &tier)
{
    PickTree &tree = tier.tree;
    if (m_policy == BalancePolicy::LeastConnections)
        return tree.byLeastKey(draw(tree.leastWeight()));
    if (m_policy == BalancePolicy::RoundRobin) {
        const Slot due = tree.byLeastKey(0);
        Member &member = m_members[due];
        tier.pass = std::max(tier.pass, member.pass);
        member.pass += roundLength / member.weight;
        updateLeaf(tier, due);
        return due;
    }
    const Slot first = tree.byWeight(draw(tree.totalWeight()));
    if (m_policy == BalancePolicy::Random)
        return first;
    tree.clear(first); // the second one must differ
    Slot chosen = first;
    if (tree.totalWeight() > 0) {
        const Slot second = tree.byWeight(draw(tree.totalWeight()));
        const Member &a = m_members[first];
        const Member &b = m_members[second];
        if (b.load * a.weight < a.load * b.weight)
            chosen = second;
    }
    updateLeaf(tier, first);
    return chosen;
}

quint64 Balancer::draw(quint64 bound)
{
    Q_ASSERT(bound > 0 && bound <= std::numeric_limits<quint32>::max());
    return m_random(static_cast<quint32>(bound));
}

quint64 Balancer::steps() const
{
    quint64 all = 0;
    for (const Tier &tier : m_tiers)
        all += tier.tree.steps() + tier.ring.steps();
    return all;
}

} // namespace frpx::server
