// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <optional>
#include <vector>

namespace frpx::server {

/// Leaves with a weight and a key each, and a choice among them in O(log n): at random in proportion to the
/// weights, the first with the least key, or at random among those with the least key.
///
/// A value class: a complete binary tree in a vector. Each node holds the sum of the weights, the least key,
/// and the sum of the weights of the leaves with that key. The caller numbers the leaves densely; a leaf of
/// weight 0 is absent.
class PickTree
{
public:
    using Leaf = quint32;

    /// \a weight > 0.
    void set(Leaf leaf, quint32 weight, double key);
    void clear(Leaf leaf);
    bool contains(Leaf leaf) const { return leaf < m_capacity && node(leaf).weight > 0; }

    /// The weight of all leaves.
    quint64 totalWeight() const { return m_nodes.empty() ? 0 : m_nodes[1].weight; }
    /// The weight of the leaves with the least key.
    quint64 leastWeight() const { return m_nodes.empty() ? 0 : m_nodes[1].leastWeight; }

    /// The leaf at \a place (below totalWeight()) if the leaves lie side by side, each as wide as its weight.
    Leaf byWeight(quint64 place) const;
    /// As byWeight(), among the leaves with the least key: \a place is below leastWeight(); 0 is the first.
    Leaf byLeastKey(quint64 place) const;

    double key(Leaf leaf) const { return node(leaf).leastKey; }

    /// The cost so far: nodes visited.
    quint64 steps() const { return m_steps; }

private:
    struct Node
    {
        quint64 weight = 0;
        quint64 leastWeight = 0;
        double leastKey = 0; ///< valid only if weight > 0
    };

    const Node &node(Leaf leaf) const { return m_nodes[m_capacity + leaf]; }
    void grow(size_t capacity);
    void combine(size_t index);
    void put(Leaf leaf, const Node &value);

    size_t m_capacity = 0; ///< room for leaves, a power of two
    std::vector<Node>
        m_nodes; ///< the root is 1, the children of i are 2i and 2i+1, leaves begin at m_capacity
    mutable quint64 m_steps = 0;
};

} // namespace frpx::server
