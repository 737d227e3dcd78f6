// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/closestword.h"

#include <algorithm>
#include <vector>

namespace frpx {

namespace {

constexpr qsizetype maxLength = 64; // of compared words; the cost grows with the square of the length

/// The number of letters to add, remove, replace or swap with the next one.
qsizetype distance(QStringView a, QStringView b)
{
    const auto width = static_cast<size_t>(b.size()) + 1;
    std::vector<qsizetype> beforeLast(width);
    std::vector<qsizetype> last(width);
    std::vector<qsizetype> row(width);
    for (size_t j = 0; j < width; ++j)
        last[j] = static_cast<qsizetype>(j);
    for (qsizetype i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (size_t j = 1; j < width; ++j) {
            const auto at = static_cast<qsizetype>(j);
            const QChar ca = a.at(i - 1).toLower();
            const QChar cb = b.at(at - 1).toLower();
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (ca == cb ? 0 : 1)});
            const bool swapped =
                i > 1 && j > 1 && ca == b.at(at - 2).toLower() && a.at(i - 2).toLower() == cb;
            if (swapped)
                row[j] = std::min(row[j], beforeLast[j - 2] + 1);
        }
        beforeLast.swap(last);
        last.swap(row);
    }
    return last.back();
}

} // namespace

QString closestWord(QStringView word, const QStringList &candidates)
{
    QString closest;
    if (word.isEmpty() || word.size() > maxLength)
        return closest;
    const QStringView lastPart = word.sliced(word.lastIndexOf(u'.') + 1);
    // A larger distance would be a wild guess.
    qsizetype best = std::max<qsizetype>(1, lastPart.size() / 3) + 1;
    for (const QString &candidate : candidates) {
        if (candidate.size() > maxLength)
            continue;
        qsizetype d = distance(word, candidate);
        // A match in another table counts less than the same match in the right table.
        const QStringView candidatePart = QStringView(candidate).sliced(candidate.lastIndexOf(u'.') + 1);
        if (candidatePart.size() != candidate.size() || lastPart.size() != word.size())
            d = std::min(d, distance(lastPart, candidatePart) + 1);
        if (d < best) {
            best = d;
            closest = candidate;
        }
    }
    return closest;
}

} // namespace frpx
