// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/failuretable.h"

#include <algorithm>
#include <tuple>
#include <vector>

namespace frpx::server {

const FailureTable::Record *FailureTable::find(const Key &key, qint64 now) const
{
    const auto it = m_records.constFind(key);
    return it == m_records.constEnd() || now - it->lastMs >= forgetMs ? nullptr : &*it;
}

qint64 FailureTable::delayMs(const Key &key, const FailureRules &rules, bool underWay, qint64 now) const
{
    const Record *record = find(key, now);
    if (!record)
        return 0;
    if (record->bannedUntilMs > now)
        return rules.maxDelayMs;
    const int beyond = record->failures + (underWay ? record->underWay : 0) - rules.free;
    if (beyond < 0)
        return 0;
    constexpr int largestShift = 20; // firstDelayMs is some milliseconds: 2^20 times that exceeds every limit
    return std::min(rules.maxDelayMs, rules.firstDelayMs << std::min(beyond, largestShift));
}

qint64 FailureTable::bannedForMs(const Key &key, qint64 now) const
{
    const Record *record = find(key, now);
    return record ? std::max<qint64>(0, record->bannedUntilMs - now) : 0;
}

bool FailureTable::isFull(const Key &key, const FailureRules &rules, qint64 now) const
{
    const Record *record = find(key, now);
    return record && record->bannedUntilMs > now && record->underWay >= rules.placesInBan;
}

void FailureTable::enter(const Key &key, qint64 now)
{
    if (find(key, now))
        ++m_records[key].underWay;
}

void FailureTable::leave(const Key &key)
{
    // The record may have been forgotten since, or added after the attempt began.
    if (const auto it = m_records.find(key); it != m_records.end())
        it->underWay = std::max(0, it->underWay - 1);
}

bool FailureTable::addFailure(const Key &key, const FailureRules &rules, qint64 now)
{
    if (!m_records.contains(key) && m_records.size() >= maxKeys)
        makeRoom(now);
    Record &record = m_records[key];
    if (now - record.lastMs >= forgetMs)
        record = {.underWay = record.underWay};
    record.lastMs = now;
    ++record.failures;
    if (record.failures < rules.banAfter || record.bannedUntilMs > now)
        return false;
    record.banMs = record.banMs == 0 ? rules.firstBanMs : std::min(rules.maxBanMs, 2 * record.banMs);
    record.bannedUntilMs = now + record.banMs;
    return true;
}

qsizetype FailureTable::banned(qint64 now) const
{
    return std::count_if(m_records.begin(), m_records.end(),
        [now](const Record &record) { return record.bannedUntilMs > now; });
}

/// Frees a quarter at once, since it looks at all records.
void FailureTable::makeRoom(qint64 now)
{
    m_records.removeIf(
        [now](const QHash<Key, Record>::iterator &it) { return now - it->lastMs >= forgetMs; });
    constexpr qsizetype wanted = maxKeys / 4 * 3;
    if (m_records.size() <= wanted)
        return;
    std::vector<std::tuple<int, qint64, Key>> order;
    order.reserve(static_cast<size_t>(m_records.size()));
    for (auto it = m_records.cbegin(); it != m_records.cend(); ++it)
        order.emplace_back(it->failures, it->lastMs, it.key());
    const auto end = order.begin() + (m_records.size() - wanted);
    std::nth_element(order.begin(), end, order.end());
    std::for_each(order.begin(), end, [this](const auto &entry) { m_records.remove(std::get<Key>(entry)); });
}

} // namespace frpx::server
