// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/error.h"

#include <QList>
#include <QStringList>

#include <optional>

namespace frpx {

/// The faults of a configuration and the entries without effect: in the order of the lines, with a limit on
/// their number.
class ConfigReport
{
public:
    static constexpr qsizetype maxFaults = 20;
    static constexpr qsizetype maxNotes = 20;

    /// Sets the file name in the sentences.
    void setFile(const QString &name) { m_file = name; }
    const QString &file() const { return m_file; }

    /// \a line is 0 for a fault outside the file.
    void addFault(int line, const QString &sentence) { add(m_faults, maxFaults, line, sentence); }
    void addNote(int line, const QString &sentence) { add(m_notes, maxNotes, line, sentence); }

    bool hasFaults() const { return !m_faults.isEmpty(); }
    qsizetype count() const { return m_faults.size(); }
    bool isFull() const { return m_faults.size() >= maxFaults; }

    /// "FILE:LINE: sentence" each.
    QStringList faults() const { return sentences(m_faults); }
    QStringList notes() const { return sentences(m_notes); }

    /// All faults, one line each: Errc::BadConfig if a fault is in the file, otherwise Errc::InvalidArgument.
    std::optional<Error> error() const;

private:
    struct Entry
    {
        int line;
        QString sentence;
    };

    static void add(QList<Entry> &list, qsizetype max, int line, const QString &sentence);
    QStringList sentences(QList<Entry> entries) const;

    QString m_file;
    QList<Entry> m_faults;
    QList<Entry> m_notes;
};

} // namespace frpx
