// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/workcontext.h"

#include <algorithm>

namespace frpx::client {

size_t WorkContext::loopForVisitor(size_t current) const
{
    const auto fewest = std::min_element(users.begin(), users.end());
    const int theirs = fewest->load(std::memory_order_relaxed);
    // A move to another thread has a cost, so a small difference does not justify it.
    return users[current].load(std::memory_order_relaxed) > theirs + theirs / 16 + 2
        ? static_cast<size_t>(fewest - users.begin())
        : current;
}

size_t WorkContext::loopForReplacement(size_t current)
{
    const size_t other = compared.fetch_add(1, std::memory_order_relaxed) % loads.size();
    const int theirs = loads[other].load(std::memory_order_relaxed);
    // A call to another thread has a cost.
    return loads[current].load(std::memory_order_relaxed) > theirs + theirs / 8 + 2 ? other : current;
}

} // namespace frpx::client
