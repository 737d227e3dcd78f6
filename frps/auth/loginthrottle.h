// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/auth/failuretable.h"

#include <QHostAddress>

namespace frpx::server {

/// What has become of logins since the start.
struct LoginCounters
{
    quint64 failed = 0; ///< wrong password or token
    quint64 delayed = 0; ///< held back before they were looked at
    quint64 refused = 0; ///< not looked at, because of a ban
    quint64 bans = 0; ///< begun
};

/// Makes guessing passwords slow: failed logins of an address (of IPv6 its /64 network), of an account, and
/// of an account from one address hold further ones back for a growing time. Beyond that comes a ban for a
/// limited time: each attempt is held for the longest time, and only a few at once are looked at.
///
/// So whatever others do, behind the same address or with the name of the same account, the right password is
/// taken after the longest delay. An account that has logged in from an address before is held up there only
/// by its own failures there. Loopback is treated mildly: who is on this machine has better ways.
///
/// Pure: no clock (steadyMs() is passed in), no sockets. Keeps no names, passwords or tokens, only hashes
/// with a random salt. Everything is bounded and forgotten in time.
class LoginThrottle
{
public:
    /// One login under way.
    struct Attempt
    {
        FailureTable::Key source;
        quint64 account = 0;
        bool isLoopback = false;
        bool byToken = false;
        bool isKnown = false; ///< set by admit(): has logged in from there before
    };
    struct Admission
    {
        bool refused = false;
        qint64 holdMs = 0; ///< before it is looked at
        int retryAfterS = 0; ///< when refused
    };
    enum class Outcome {
        Succeeded,
        Failed,
        Left, ///< the peer went before it had its answer: as bad as a failure, since the work was done
        NotChecked, ///< the server could not, or nobody waited any more when it was due
    };

    static constexpr qint64 maxDelayMs = 5000; ///< the longest anybody is held
    static constexpr qsizetype maxGood = 16'384;

    LoginThrottle();

    Attempt byPassword(const QHostAddress &source, QStringView email) const;
    Attempt byToken(const QHostAddress &source, QStringView token) const;

    /// Whether \a attempt may be made, and when. Call finish() for each that is not refused.
    Admission admit(Attempt &attempt, qint64 now);
    void finish(const Attempt &attempt, Outcome outcome, qint64 now);
    /// \a attempt will be known from now on as one that logs in from its address. Also for a login by token
    /// with the attempt that its e-mail address would make.
    void noteGood(const Attempt &attempt, qint64 now);

    const LoginCounters &counters() const { return m_counters; }
    qsizetype activeBans(qint64 now) const;
    /// Keys remembered in all.
    qsizetype size() const;

private:
    struct Rules
    {
        FailureRules pair;
        FailureRules source;
        FailureRules account;
    };
    static const Rules &rulesFor(const Attempt &attempt);
    quint64 hashOf(char kind, QStringView text) const;
    static FailureTable::Key pairOf(const Attempt &attempt);

    QByteArray m_salt;
    FailureTable m_pairs; ///< an account from an address
    FailureTable m_sources;
    FailureTable m_accounts; ///< passwords only: a token is no account's name
    QHash<FailureTable::Key, qint64> m_good; ///< pairs that have logged in, and when
    LoginCounters m_counters;
};

} // namespace frpx::server
