// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/numberrange.h"

#include "common/core/logging.h"

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

std::optional<int> parseNumber(QStringView text)
{
    constexpr int most = 65'535;
    constexpr qsizetype maxDigits = 5;
    const QStringView digits = text.trimmed();
    const bool isNumber = !digits.isEmpty() && digits.size() <= maxDigits
        && std::all_of(digits.begin(), digits.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    const int value = isNumber ? digits.toInt() : -1;
    return value >= 0 && value <= most ? std::optional(value) : std::nullopt;
}

} // namespace

Result<std::vector<int>> parseNumberRange(QStringView text)
{
    std::vector<int> numbers;
    for (const QStringView part : text.split(u',')) {
        const qsizetype dash = part.indexOf(u'-');
        const std::optional<int> from = parseNumber(dash < 0 ? part : part.first(dash));
        const std::optional<int> to = dash < 0 ? from : parseNumber(part.sliced(dash + 1));
        if (!from || !to || *from > *to) {
            return Error{Errc::InvalidArgument,
                u"\"%1\" is not a list of ports and ranges such as 6000-6006,6010"_s.arg(logSafe(text, 80))};
        }
        if (numbers.size() + size_t(*to - *from) >= maxRangeNumbers)
            return Error{Errc::InvalidArgument,
                u"\"%1\" has more than %2 numbers"_s.arg(logSafe(text, 80)).arg(maxRangeNumbers)};
        for (int number = *from; number <= *to; ++number)
            numbers.push_back(number);
    }
    return numbers;
}

Result<std::vector<std::pair<int, int>>> parseNumberRangePair(QStringView first, QStringView second)
{
    const Result<std::vector<int>> left = parseNumberRange(first);
    if (!left)
        return left.error();
    const Result<std::vector<int>> right = parseNumberRange(second);
    if (!right)
        return right.error();
    if (left->size() != right->size()) {
        return Error{Errc::InvalidArgument,
            u"\"%1\" has %2 numbers, and \"%3\" has %4; they go in pairs"_s.arg(logSafe(first, 80))
                .arg(left->size())
                .arg(logSafe(second, 80))
                .arg(right->size())};
    }
    std::vector<std::pair<int, int>> pairs;
    pairs.reserve(left->size());
    for (size_t i = 0; i < left->size(); ++i)
        pairs.emplace_back((*left)[i], (*right)[i]);
    return pairs;
}

} // namespace frpx
