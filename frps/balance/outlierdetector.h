// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"

#include <QHash>

#include <optional>
#include <vector>

namespace frpx::server {

struct OutlierLimits
{
    int failures = 3; ///< so many in a row
    qint64 ejectMs = 10'000; ///< the first time; twice as long each further time
    qint64 maxEjectMs = 300'000;
    qint64 forgetMs = 60'000; ///< so much good time takes one doubling back
    qint64 trialMs = 15'000; ///< a trial that is not decided by then is made again with another user
};

/// Notices clients that fail their users again and again (passive health), and how they come back.
///
///     Good ──failures in a row──▶ Ejected ──its time is over──▶ OnTrial ──a user is offered──▶ Trying
///      ▲                             ▲  ▲                          ▲                          │ │ │
///      │                             │  └───────a failure──────────┼──────────────────────────┘ │ │
///      │                             │                             └──────nothing in time───────┘ │
///      └──a success─────────────────(from every state)────────────────────────────────────────────┘
///
/// A value class; `now` is steadyMs(). Keeps nothing of clients that never fail.
class OutlierDetector
{
public:
    enum class State {
        Good,
        Ejected, ///< gets no users
        OnTrial, ///< may get one
        Trying, ///< has one, gets no more until it is decided
    };

    explicit OutlierDetector(const OutlierLimits &limits = {})
        : m_limits(limits)
    { }

    /// \a session could not serve a user. Returns for how long it is ejected if that follows from it.
    std::optional<qint64> failed(SessionId session, qint64 now);
    /// It has served one. Returns whether it was out until now.
    bool succeeded(SessionId session, qint64 now);
    /// It is offered a user. Returns whether he is its trial.
    bool offered(SessionId session, qint64 now);
    /// Sessions that have just come on trial, because their ejection or an undecided trial is over.
    std::vector<SessionId> takeDue(qint64 now);
    void forget(SessionId session) { m_entries.remove(session); }

    State state(SessionId session) const;
    /// Until the end of the ejection; 0 when it is over or there is none.
    qint64 remainingMs(SessionId session, qint64 now) const;
    /// Those in another state than Good.
    std::vector<SessionId> out() const;

private:
    struct Entry
    {
        State state = State::Good;
        int failures = 0; ///< in a row
        int doublings = 0; ///< of the next ejection
        qint64 at = 0; ///< Good: since then; Ejected, Trying: until then
    };

    qint64 eject(Entry &entry, qint64 now) const;

    OutlierLimits m_limits;
    QHash<SessionId, Entry> m_entries;
};

} // namespace frpx::server
