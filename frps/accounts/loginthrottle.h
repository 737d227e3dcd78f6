// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/accounts/failuretable.h"

#include <QHostAddress>

namespace frpx::server {

/// Counters of logins since the start.
struct LoginCounters
{
    quint64 failed = 0; ///< wrong password or token
    quint64 delayed = 0; ///< delayed before they were checked
    quint64 refused = 0; ///< not checked, because of a ban
    quint64 bans = 0; ///< begun
};

/// Makes guessing passwords slow: failed logins of an address (of IPv6 its /64 network), of an account, and
/// of an account from one address delay further ones for a growing time. After more failures a ban begins:
/// for a limited time each attempt gets the longest delay, and only a few at a time are checked.
///
/// So the right password is always accepted after at most the longest delay, whatever others behind the same
/// address or with the name of the same account do. An account that has logged in from an address before is
/// delayed there only by its own failures there. Loopback has mild rules: a local program has better ways to
/// attack.
///
/// Pure: no clock (the caller passes steadyMs()), no sockets. Keeps no names, passwords or tokens, only
/// hashes with a random salt. Everything is bounded and forgotten after some time.
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
        bool isKnown = false; ///< set by admit(): the account has logged in from this address before
    };
    struct Admission
    {
        bool refused = false;
        qint64 holdMs = 0; ///< delay before the check
        int retryAfterS = 0; ///< when refused
    };
    enum class Outcome {
        Succeeded,
        Failed,
        Left, ///< the peer closed before the answer: counts as a failure, since the work was done
        NotChecked, ///< the server could not check it, or the peer had closed before the check
    };

    static constexpr qint64 maxDelayMs = 5000; ///< the longest delay
    static constexpr qsizetype maxGood = 16'384;

    LoginThrottle();

    Attempt byPassword(const QHostAddress &source, QStringView email) const;
    Attempt byToken(const QHostAddress &source, QStringView token) const;

    /// Whether \a attempt is checked, and after which delay. Call finish() for each that is not refused.
    Admission admit(Attempt &attempt, qint64 now);
    void finish(const Attempt &attempt, Outcome outcome, qint64 now);
    /// From now on \a attempt counts as known at its address. Also call it for a login by token, with the
    /// attempt that the account's e-mail address would make.
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
    FailureTable m_accounts; ///< passwords only: a token names no account
    QHash<FailureTable::Key, qint64> m_good; ///< pairs that have logged in, and when
    LoginCounters m_counters;
};

} // namespace frpx::server
