// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHash>
#include <QLoggingCategory>
#include <QString>

#include <optional>
#include <vector>

namespace frpx {

/// A kind of line that somebody else can cause as often as it likes: a peer, a visitor, a dead service. Kinds
/// are constants that last as long as the program: their address is what they are known by.
struct LogKind
{
    const QLoggingCategory &(*category)();
    QtMsgType level = QtWarningMsg;
    int burst = 1; ///< lines at once, after quiet times
    int perSecond = 1; ///< lines earned anew, and so written in the long run; 1 to 1000
};

/// Decides which lines are written: those that their kind has earned. The others are counted, and a line
/// tells how many there were within a second: the next one of the kind, or the last one that was held back.
/// The lines written and the numbers in them add up to the cases. A value class without a clock: the caller
/// passes steadyMs().
class LogThrottle
{
public:
    /// Kinds and subjects known at a time; beyond that the lines of a kind share what it has earned.
    static constexpr qsizetype maxSubjects = 256;

    struct Line
    {
        const LogKind *kind = nullptr;
        QString text;
    };

    /// One more case. The line to be written now, which is \a text and may have a number behind it; null if
    /// none is due. Each \a subject, such as a client or a service, has lines of its own.
    std::optional<QString> add(
        const LogKind &kind, const QString &text, const QString &subject, qint64 nowMs);

    /// Of what was held back, what may be written now.
    std::vector<Line> takeDue(qint64 nowMs);
    /// When there will be something to take; null if nothing is held back.
    std::optional<qint64> nextDueMs() const;
    /// All that is held back, at the end of the program.
    std::vector<Line> takeAll(qint64 nowMs);

    qsizetype size() const { return m_states.size(); }

private:
    struct State
    {
        int left = 0; ///< lines it may write
        qint64 earnedAtMs = 0; ///< when the last of them was earned
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
