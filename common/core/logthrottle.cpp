// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/logthrottle.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

qint64 intervalMs(const LogKind &kind)
{
    return 1000 / kind.perSecond;
}

} // namespace

void LogThrottle::earn(const LogKind &kind, State &state, qint64 nowMs)
{
    const qint64 interval = intervalMs(kind);
    const qint64 earned = (nowMs - state.earnedAtMs) / interval;
    state.left = static_cast<int>(std::min<qint64>(kind.burst, state.left + earned));
    // A full allowance starts to refill at the first line.
    state.earnedAtMs = state.left == kind.burst ? nowMs : state.earnedAtMs + earned * interval;
}

qint64 LogThrottle::dueMs(const LogKind &kind, const State &state)
{
    return state.left > 0 ? state.heldSinceMs : state.earnedAtMs + intervalMs(kind);
}

QString LogThrottle::withCount(const QString &text, quint64 more, const State &state, qint64 nowMs)
{
    if (more == 0)
        return text;
    const qint64 seconds = (nowMs - state.heldSinceMs + 500) / 1000;
    if (seconds <= 1)
        return text + u" (%1 more in the last second)"_s.arg(more);
    return text + u" (%1 more in the last %2 s)"_s.arg(more).arg(seconds);
}

QString LogThrottle::release(State &state, qint64 nowMs)
{
    QString text = withCount(state.last, state.heldBack - 1, state, nowMs);
    state.heldBack = 0;
    state.last.clear();
    return text;
}

LogThrottle::State &LogThrottle::stateOf(const LogKind &kind, const QString &subject, qint64 nowMs)
{
    const Key key(&kind, subject);
    if (const auto it = m_states.find(key); it != m_states.end())
        return *it;
    if (!subject.isEmpty() && m_states.size() >= maxSubjects) {
        m_states.removeIf([nowMs](const QHash<Key, State>::iterator &it) {
            earn(*it.key().first, *it, nowMs);
            return it->heldBack == 0 && it->left == it.key().first->burst;
        });
        if (m_states.size() >= maxSubjects)
            return stateOf(kind, {}, nowMs);
    }
    return *m_states.insert(key, State{kind.burst, nowMs, 0, 0, {}});
}

std::optional<QString> LogThrottle::add(
    const LogKind &kind, const QString &text, const QString &subject, qint64 nowMs)
{
    State &state = stateOf(kind, subject, nowMs);
    earn(kind, state, nowMs);
    if (state.left > 0) {
        --state.left;
        const QString line = withCount(text, state.heldBack, state, nowMs);
        state.heldBack = 0;
        state.last.clear();
        return line;
    }
    if (state.heldBack++ == 0)
        state.heldSinceMs = nowMs;
    state.last = text;
    return std::nullopt;
}

std::vector<LogThrottle::Line> LogThrottle::takeDue(qint64 nowMs)
{
    std::vector<Line> lines;
    for (auto it = m_states.begin(); it != m_states.end(); ++it) {
        if (it->heldBack == 0)
            continue;
        const LogKind &kind = *it.key().first;
        earn(kind, *it, nowMs);
        if (it->left == 0)
            continue;
        --it->left;
        lines.push_back({&kind, release(*it, nowMs)});
    }
    return lines;
}

std::optional<qint64> LogThrottle::nextDueMs() const
{
    std::optional<qint64> next;
    for (auto it = m_states.begin(); it != m_states.end(); ++it) {
        if (it->heldBack == 0)
            continue;
        const qint64 due = dueMs(*it.key().first, *it);
        next = next ? std::min(*next, due) : due;
    }
    return next;
}

std::vector<LogThrottle::Line> LogThrottle::takeAll(qint64 nowMs)
{
    std::vector<Line> lines;
    for (auto it = m_states.begin(); it != m_states.end(); ++it) {
        if (it->heldBack > 0)
            lines.push_back({it.key().first, release(*it, nowMs)});
    }
    return lines;
}

} // namespace frpx
