// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/configreport.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

void ConfigReport::add(QList<Entry> &list, qsizetype max, int line, const QString &sentence)
{
    const bool isKnown = std::any_of(list.cbegin(), list.cend(), [line, &sentence](const Entry &entry) {
        return entry.line == line && entry.sentence == sentence; // a template loop would repeat it
    });
    if (list.size() < max && !isKnown)
        list.append({line, sentence});
}

QStringList ConfigReport::sentences(QList<Entry> entries) const
{
    std::stable_sort(
        entries.begin(), entries.end(), [](const Entry &a, const Entry &b) { return a.line < b.line; });
    QStringList texts;
    for (const Entry &entry : std::as_const(entries)) {
        if (entry.line > 0)
            texts << u"%1:%2: %3"_s.arg(m_file).arg(entry.line).arg(entry.sentence);
        else
            texts << entry.sentence;
    }
    return texts;
}

std::optional<Error> ConfigReport::error() const
{
    if (m_faults.isEmpty())
        return std::nullopt;
    const bool ofFile =
        std::any_of(m_faults.cbegin(), m_faults.cend(), [](const Entry &entry) { return entry.line > 0; });
    return Error{ofFile ? Errc::BadConfig : Errc::InvalidArgument, faults().join(u'\n')};
}

} // namespace frpx
