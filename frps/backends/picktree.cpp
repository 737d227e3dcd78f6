// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/backends/picktree.h"

#include <algorithm>

namespace frpx::server {

void PickTree::set(Leaf leaf, quint32 weight, double key)
{
    Q_ASSERT(weight > 0);
    if (leaf >= m_capacity)
        grow(std::max<size_t>(16, 2 * (size_t(leaf) + 1)));
    put(leaf, {weight, weight, key});
}

void PickTree::clear(Leaf leaf)
{
    if (contains(leaf))
        put(leaf, {});
}

void PickTree::put(Leaf leaf, const Node &value)
{
    size_t index = m_capacity + leaf;
    m_nodes[index] = value;
    while (index > 1) {
        index /= 2;
        combine(index);
    }
}

void PickTree::grow(size_t capacity)
{
    size_t wanted = 1;
    while (wanted < capacity)
        wanted *= 2;
    std::vector<Node> nodes(2 * wanted);
    std::copy_n(m_nodes.begin() + ptrdiff_t(m_capacity), m_capacity, nodes.begin() + ptrdiff_t(wanted));
    m_nodes = std::move(nodes);
    m_capacity = wanted;
    for (size_t index = wanted - 1; index > 0; --index)
        combine(index);
}

void PickTree::combine(size_t index)
{
    ++m_steps;
    const Node &left = m_nodes[2 * index];
    const Node &right = m_nodes[2 * index + 1];
    Node &both = m_nodes[index];
    both.weight = left.weight + right.weight;
    if (right.weight == 0 || (left.weight > 0 && left.leastKey < right.leastKey)) {
        both.leastKey = left.leastKey;
        both.leastWeight = left.leastWeight;
    } else if (left.weight == 0 || right.leastKey < left.leastKey) {
        both.leastKey = right.leastKey;
        both.leastWeight = right.leastWeight;
    } else {
        both.leastKey = left.leastKey;
        both.leastWeight = left.leastWeight + right.leastWeight;
    }
}

PickTree::Leaf PickTree::byWeight(quint64 place) const
{
    Q_ASSERT(place < totalWeight());
    size_t index = 1;
    while (index < m_capacity) {
        ++m_steps;
        index *= 2;
        if (place >= m_nodes[index].weight) {
            place -= m_nodes[index].weight;
            ++index;
        }
    }
    return static_cast<Leaf>(index - m_capacity);
}

PickTree::Leaf PickTree::byLeastKey(quint64 place) const
{
    Q_ASSERT(place < leastWeight());
    const double least = m_nodes[1].leastKey;
    size_t index = 1;
    while (index < m_capacity) {
        ++m_steps;
        index *= 2;
        const Node &left = m_nodes[index];
        // Keys are copied, never computed again, so equal keys are equal to the bit.
        const quint64 inLeft = left.weight > 0 && !(least < left.leastKey) ? left.leastWeight : 0;
        if (place >= inLeft) {
            place -= inLeft;
            ++index;
        }
    }
    return static_cast<Leaf>(index - m_capacity);
}

} // namespace frpx::server
