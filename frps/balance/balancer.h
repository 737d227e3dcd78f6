// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"

#include <QHash>

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace frpx::server {

/// The pool of sessions that serve a public port, and the choice among them: uniformly at random.
///
/// A value class. Adding, removing and picking take constant time however many clients there are.
class Balancer
{
public:
    /// \a random returns a number below its argument; the default is Qt's global generator.
    using Random = std::function<quint32(quint32)>;
    explicit Balancer(Random random = {});

    void add(SessionId session);
    void remove(SessionId session);
    bool contains(SessionId session) const { return m_index.contains(session); }
    size_t size() const { return m_pool.size(); }

    /// A session of the pool that is not in \a excluded (a few at most), or nullopt when there is none.
    std::optional<SessionId> pick(std::span<const SessionId> excluded = {}) const;

private:
    Random m_random;
    std::vector<SessionId> m_pool;
    QHash<SessionId, size_t> m_index; ///< where in m_pool
};

} // namespace frpx::server
