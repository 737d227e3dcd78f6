// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/backends/outlierdetector.h"

#include <algorithm>

namespace frpx::server {

std::optional<qint64> OutlierDetector::failed(SessionId session, qint64 now)
{
    Entry &entry = m_entries[session];
    switch (entry.state) {
    case State::Good:
        if (++entry.failures < m_limits.failures)
            return std::nullopt;
        return eject(entry, now);
    case State::Trying:
        return eject(entry, now);
    case State::Ejected: // a visitor that was offered before, or when there was no other client
    case State::OnTrial:
        break;
    }
    return std::nullopt;
}

qint64 OutlierDetector::eject(Entry &entry, qint64 now) const
{
    if (entry.state == State::Good && m_limits.forgetMs > 0) {
        const qint64 forgotten = std::max<qint64>(0, now - entry.at) / m_limits.forgetMs;
        entry.doublings = static_cast<int>(std::max<qint64>(0, entry.doublings - forgotten));
    }
    qint64 duration = m_limits.ejectMs;
    for (int i = 0; i < entry.doublings && duration < m_limits.maxEjectMs; ++i)
        duration *= 2;
    if (duration < m_limits.maxEjectMs)
        ++entry.doublings;
    duration = std::min(duration, m_limits.maxEjectMs);
    entry.state = State::Ejected;
    entry.failures = 0;
    entry.at = now + duration;
    return duration;
}

bool OutlierDetector::succeeded(SessionId session, qint64 now)
{
    const auto it = m_entries.find(session);
    if (it == m_entries.end())
        return false;
    it->failures = 0;
    if (it->state == State::Good)
        return false;
    it->state = State::Good;
    it->at = now;
    return true;
}

bool OutlierDetector::offered(SessionId session, qint64 now)
{
    const auto it = m_entries.find(session);
    if (it == m_entries.end() || it->state != State::OnTrial)
        return false;
    it->state = State::Trying;
    it->at = now + m_limits.trialMs;
    return true;
}

std::vector<SessionId> OutlierDetector::takeDue(qint64 now)
{
    std::vector<SessionId> due;
    for (auto it = m_entries.begin(); it != m_entries.end(); ++it) {
        if ((it->state == State::Ejected || it->state == State::Trying) && it->at <= now) {
            it->state = State::OnTrial;
            due.push_back(it.key());
        }
    }
    return due;
}

OutlierDetector::State OutlierDetector::state(SessionId session) const
{
    const auto it = m_entries.constFind(session);
    return it == m_entries.cend() ? State::Good : it->state;
}

qint64 OutlierDetector::remainingMs(SessionId session, qint64 now) const
{
    const auto it = m_entries.constFind(session);
    return it == m_entries.cend() || it->state != State::Ejected ? 0 : std::max<qint64>(0, it->at - now);
}

std::vector<SessionId> OutlierDetector::out() const
{
    std::vector<SessionId> list;
    for (auto it = m_entries.cbegin(); it != m_entries.cend(); ++it) {
        if (it->state != State::Good)
            list.push_back(it.key());
    }
    return list;
}

} // namespace frpx::server
