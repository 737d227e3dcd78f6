// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHash>
#include <QLoggingCategory>
#include <QString>

#include <optional>
#include <vector>

namespace frpx {

/// A kind of log line that a peer, a visitor or a failed service can cause as often as it likes. Kinds are
/// constants that live as long as the program: their address identifies them.
struct LogKind
{
    const QLoggingCategory &(*category)();
    QtMsgType level = QtWarningMsg;
    int burst = 1; ///< lines at once, after quiet times
    int perSecond = 1; ///< lines per second on average; 1 to 1000
};

/// Decides which lines are written: those within the allowance of their kind. The others are counted, and a
/// line reports their number within a second: the next line of the kind, or the last one that was held back.
/// The lines written and the numbers in them add up to the cases. A value class without a clock: the caller
/// passes steadyMs().
class LogThrottle
{
public:
    /// The largest number of kinds and subjects; beyond it the lines of a kind share one allowance.
    static constexpr qsizetype maxSubjects = 256;

    struct Line
    {
        const LogKind *kind = nullptr;
        QString text;
    };

    /// Adds a case. Returns the line to write now, which is \a text, perhaps with a number; empty if none is
    /// due. Each \a subject, such as a client or a service, has its own allowance.
    std::optional<QString> add(
        const LogKind &kind, const QString &text, const QString &subject, qint64 nowMs);

    /// The held back lines that may be written now.
    std::vector<Line> takeDue(qint64 nowMs);
    /// When takeDue() has lines again; empty if none are held back.
    std::optional<qint64> nextDueMs() const;
    /// All held back lines, at the end of the program.
    std::vector<Line> takeAll(qint64 nowMs);

    qsizetype size() const { return m_states.size(); }

private:
    struct State
    {
        int left = 0; ///< lines it may write now
        qint64 earnedAtMs = 0; ///< the time of the last refill
        quint64 heldBack = 0; ///< cases since the last line
        qint64 heldSinceMs = 0;
        QString last; ///< the last text held back
    };
    using Key = std::pair<const LogKind *, QString>;

    static void earn(const LogKind &kind, State &state, qint64 nowMs);
    static qint64 dueMs(const LogKind &kind, const State &state);
    static QString withCount(const QString &text, quint64 more, const State &state, qint64 nowMs);
    static QString release(State &state, qint64 nowMs);
    State &stateOf(const LogKind &kind, const QString &subject, qint64 nowMs);

    QHash<Key, State> m_states;
};

} // namespace frpx
