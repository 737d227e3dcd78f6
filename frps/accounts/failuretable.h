// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHash>

#include <utility>

namespace frpx::server {

/// The consequences of failures of one kind.
struct FailureRules
{
    int free = 0; ///< failures without consequences
    qint64 firstDelayMs = 0; ///< after the next one; doubles with each further
    qint64 maxDelayMs = 0;
    int banAfter = 0; ///< failures
    qint64 firstBanMs = 0; ///< doubles each time, up to maxBanMs
    qint64 maxBanMs = 0;
    int placesInBan = 0; ///< concurrent attempts that are checked during a ban
};

/// Counts failures by key, and forgets them after some time. Bounded: when it is full, records with the
/// fewest failures are removed first, so that a flood of new keys does not displace a persistent one. No
/// clock: the caller passes steadyMs().
class FailureTable
{
public:
    using Key = std::pair<quint64, quint64>;

    static constexpr qsizetype maxKeys = 16'384;
    static constexpr qint64 forgetMs = qint64(30) * 60 * 1000; ///< after the last failure

    /// How long an attempt must wait. \a underWay: attempts that have not ended yet count as failures.
    qint64 delayMs(const Key &key, const FailureRules &rules, bool underWay, qint64 now) const;
    /// Milliseconds until the ban ends; 0 without one.
    qint64 bannedForMs(const Key &key, qint64 now) const;
    /// True: during the ban no further attempt is checked.
    bool isFull(const Key &key, const FailureRules &rules, qint64 now) const;

    /// An attempt begins or ends. Counted only for keys with failures.
    void enter(const Key &key, qint64 now);
    void leave(const Key &key);

    /// \return true if a ban begins.
    bool addFailure(const Key &key, const FailureRules &rules, qint64 now);
    void forget(const Key &key) { m_records.remove(key); }

    qsizetype size() const { return m_records.size(); }
    qsizetype banned(qint64 now) const;

private:
    struct Record
    {
        int failures = 0;
        int underWay = 0;
        qint64 lastMs = 0;
        qint64 bannedUntilMs = 0;
        qint64 banMs = 0; ///< of the last ban
    };

    const Record *find(const Key &key, qint64 now) const;
    void makeRoom(qint64 now);

    QHash<Key, Record> m_records;
};

} // namespace frpx::server
