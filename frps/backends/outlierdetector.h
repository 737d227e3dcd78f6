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
    int failures = 3; ///< in a row
    qint64 ejectMs = 10'000; ///< the first time; twice as long each further time
    qint64 maxEjectMs = 300'000;
    qint64 forgetMs = 60'000; ///< after so long without a failure, one doubling is removed
    qint64 trialMs = 15'000; ///< a trial that is not decided by then is repeated with another visitor
};

/// Finds clients that fail their visitors repeatedly (passive health), and lets them back after a trial.
///
///     Good ──failures in a row──▶ Ejected ──its time is over──▶ OnTrial ──visitor offered────▶ Trying
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
        Ejected, ///< gets no visitors
        OnTrial, ///< may get one visitor
        Trying, ///< has one, and gets no more until the trial is decided
    };

    explicit OutlierDetector(const OutlierLimits &limits = {})
        : m_limits(limits)
    { }

    /// \a session failed to serve a visitor. Returns for how long it is ejected, if this failure ejects it.
    std::optional<qint64> failed(SessionId session, qint64 now);
    /// \a session has served a visitor. Returns true if it was not Good before.
    bool succeeded(SessionId session, qint64 now);
    /// A visitor is offered to \a session. Returns true if that is its trial.
    bool offered(SessionId session, qint64 now);
    /// Sessions that have changed to OnTrial, because their ejection or an undecided trial is over.
    std::vector<SessionId> takeDue(qint64 now);
    void forget(SessionId session) { m_entries.remove(session); }

    State state(SessionId session) const;
    /// The rest of the ejection; 0 if it is over or there is none.
    qint64 remainingMs(SessionId session, qint64 now) const;
    /// The sessions in another state than Good.
    std::vector<SessionId> out() const;

private:
    struct Entry
    {
        State state = State::Good;
        int failures = 0; ///< in a row
        int doublings = 0; ///< by which the next ejection is longer
        qint64 at = 0; ///< Good: the time it began; Ejected, Trying: the time it ends
    };

    qint64 eject(Entry &entry, qint64 now) const;

    OutlierLimits m_limits;
    QHash<SessionId, Entry> m_entries;
};

} // namespace frpx::server
