// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/loginthrottle.h"

#include "common/net/ipaddress.h"

#include <QCryptographicHash>
#include <QRandomGenerator>
#include <QtEndian>

#include <algorithm>
#include <vector>

namespace frpx::server {

constexpr qint64 secondMs = 1000;
constexpr qint64 minuteMs = 60 * secondMs;
constexpr qint64 hourMs = 60 * minuteMs;
constexpr qint64 goodForMs = 24 * hourMs;

/// Many people may share one address, and many addresses may try one account. These two therefore count later
/// than one account from one address, and leave more places in a ban.
const LoginThrottle::Rules &LoginThrottle::rulesFor(const Attempt &attempt)
{
    static constexpr Rules remote{
        {3, 500, maxDelayMs, 10, minuteMs, 15 * minuteMs, 2},
        {10, 500, maxDelayMs, 50, minuteMs, 15 * minuteMs, 32},
        {10, 500, maxDelayMs, 50, minuteMs, 15 * minuteMs, 8},
    };
    static constexpr Rules local{
        {5, 125, secondMs, 20, 10 * secondMs, minuteMs, 4},
        {50, 125, secondMs, 200, 10 * secondMs, minuteMs, 64},
        {50, 125, secondMs, 200, 10 * secondMs, minuteMs, 16},
    };
    return attempt.isLoopback ? local : remote;
}

LoginThrottle::LoginThrottle()
    : m_salt(16, Qt::Uninitialized)
{
    QRandomGenerator::system()->generate(m_salt.begin(), m_salt.end());
}

quint64 LoginThrottle::hashOf(char kind, QStringView text) const
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(m_salt);
    hash.addData(QByteArray(1, kind));
    hash.addData(text.toUtf8());
    return qFromBigEndian<quint64>(hash.result().constData());
}

LoginThrottle::Attempt LoginThrottle::byPassword(const QHostAddress &source, QStringView email) const
{
    return {net::sourceKey(source), hashOf('e', email.trimmed().toString().toLower()),
        net::plainAddress(source).isLoopback(), false};
}

LoginThrottle::Attempt LoginThrottle::byToken(const QHostAddress &source, QStringView token) const
{
    return {net::sourceKey(source), hashOf('t', token), net::plainAddress(source).isLoopback(), true};
}

FailureTable::Key LoginThrottle::pairOf(const Attempt &attempt)
{
    // The account is a salted hash: a peer cannot choose one that collides with another pair.
    return {attempt.source.first ^ attempt.account, attempt.source.second};
}

LoginThrottle::Admission LoginThrottle::admit(Attempt &attempt, qint64 now)
{
    const Rules &rules = rulesFor(attempt);
    const FailureTable::Key pair = pairOf(attempt);
    const FailureTable::Key account{attempt.account, 0};
    const auto good = m_good.constFind(pair);
    attempt.isKnown = good != m_good.constEnd() && now - *good < goodForMs;
    const bool byAccount = !attempt.isKnown && !attempt.byToken;

    Admission admission;
    qint64 bannedForMs = 0;
    const auto look = [&](const FailureTable &table, const FailureTable::Key &key, const FailureRules &rule,
                          bool underWay) {
        if (table.isFull(key, rule, now)) {
            admission.refused = true;
            bannedForMs = std::max(bannedForMs, std::min(rule.maxDelayMs, table.bannedForMs(key, now)));
        }
        admission.holdMs = std::max(admission.holdMs, table.delayMs(key, rule, underWay, now));
    };
    // Attempts under way do not count against an address: a whole fleet may reconnect at the same moment.
    look(m_pairs, pair, rules.pair, !attempt.byToken);
    if (!attempt.isKnown)
        look(m_sources, attempt.source, rules.source, false);
    if (byAccount)
        look(m_accounts, account, rules.account, true);
    if (admission.refused) {
        ++m_counters.refused;
        admission.holdMs = 0;
        admission.retryAfterS = static_cast<int>(std::max<qint64>(1, (bannedForMs + 999) / 1000));
        return admission;
    }
    if (admission.holdMs > 0)
        ++m_counters.delayed;
    m_pairs.enter(pair, now);
    if (!attempt.isKnown)
        m_sources.enter(attempt.source, now);
    if (byAccount)
        m_accounts.enter(account, now);
    return admission;
}

void LoginThrottle::finish(const Attempt &attempt, Outcome outcome, qint64 now)
{
    const Rules &rules = rulesFor(attempt);
    const FailureTable::Key pair = pairOf(attempt);
    const FailureTable::Key account{attempt.account, 0};
    m_pairs.leave(pair);
    if (!attempt.isKnown)
        m_sources.leave(attempt.source);
    if (!attempt.isKnown && !attempt.byToken)
        m_accounts.leave(account);
    switch (outcome) {
    case Outcome::NotChecked:
        break;
    case Outcome::Failed:
    case Outcome::Left:
        m_counters.failed += outcome == Outcome::Failed ? 1 : 0;
        // Failures during a ban do not count for the address: a forgotten client that retries forever must
        // not delay others behind its address.
        if (m_pairs.bannedForMs(pair, now) > 0)
            break;
        m_counters.bans += m_pairs.addFailure(pair, rules.pair, now) ? 1 : 0;
        m_counters.bans += m_sources.addFailure(attempt.source, rules.source, now) ? 1 : 0;
        if (!attempt.byToken)
            m_counters.bans += m_accounts.addFailure(account, rules.account, now) ? 1 : 0;
        break;
    case Outcome::Succeeded:
        // Only this pair: otherwise the holder of one account could reset the count between guesses at
        // others.
        m_pairs.forget(pair);
        noteGood(attempt, now);
        break;
    }
}

void LoginThrottle::noteGood(const Attempt &attempt, qint64 now)
{
    const FailureTable::Key pair = pairOf(attempt);
    if (m_good.size() >= maxGood && !m_good.contains(pair)) {
        // Forgets the half whose last login is the oldest.
        std::vector<qint64> times(m_good.cbegin(), m_good.cend());
        const auto middle = times.begin() + maxGood / 2;
        std::nth_element(times.begin(), middle, times.end());
        m_good.removeIf(
            [limit = *middle](const QHash<FailureTable::Key, qint64>::iterator &it) { return *it <= limit; });
    }
    m_good.insert(pair, now);
}

qsizetype LoginThrottle::activeBans(qint64 now) const
{
    return m_pairs.banned(now) + m_sources.banned(now) + m_accounts.banned(now);
}

qsizetype LoginThrottle::size() const
{
    return m_pairs.size() + m_sources.size() + m_accounts.size() + m_good.size();
}

} // namespace frpx::server
