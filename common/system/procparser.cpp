// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/procparser.h"

#include <QByteArray>

#include <algorithm>
#include <array>

namespace frpx {

namespace {

// Far beyond any real counter, and small enough that a sum of eight cannot wrap around.
constexpr quint64 largestNumber = quint64(1) << 60;

bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

/// Removes the first line from \a text. A last line without its newline may be incomplete, so it is ignored.
std::optional<QByteArrayView> takeLine(QByteArrayView &text)
{
    const qsizetype end = text.indexOf('\n');
    if (end < 0)
        return std::nullopt;
    const QByteArrayView line = text.first(end);
    text = text.sliced(end + 1);
    return line;
}

/// Removes the first word from \a line; empty at its end.
QByteArrayView takeWord(QByteArrayView &line)
{
    const char *const begin = std::find_if_not(line.begin(), line.end(), isBlank);
    const char *const end = std::find_if(begin, line.end(), isBlank);
    const QByteArrayView word(begin, end);
    line = line.sliced(end - line.begin());
    return word;
}

std::optional<quint64> toNumber(QByteArrayView word)
{
    quint64 number = 0;
    if (word.isEmpty())
        return std::nullopt;
    for (const char c : word) {
        if (c < '0' || c > '9')
            return std::nullopt;
        number = number * 10 + static_cast<quint64>(c - '0');
        if (number > largestNumber)
            return std::nullopt;
    }
    return number;
}

} // namespace

std::optional<CpuTicks> parseProcStat(QByteArrayView text)
{
    while (std::optional<QByteArrayView> line = takeLine(text)) {
        if (takeWord(*line) != "cpu")
            continue;
        // user nice system idle iowait irq softirq steal; what follows (guest) is already part of user.
        constexpr size_t idle = 3;
        constexpr size_t iowait = 4;
        std::array<quint64, 8> ticks{};
        size_t count = 0;
        for (; count < ticks.size(); ++count) {
            const QByteArrayView word = takeWord(*line);
            if (word.isEmpty())
                break;
            const std::optional<quint64> number = toNumber(word);
            if (!number)
                return std::nullopt;
            ticks[count] = *number;
        }
        if (count <= idle)
            return std::nullopt;
        CpuTicks result;
        for (const quint64 part : ticks)
            result.total += part;
        result.busy = result.total - ticks[idle] - ticks[iowait];
        return result;
    }
    return std::nullopt;
}

std::optional<MemoryAmounts> parseProcMeminfo(QByteArrayView text)
{
    std::optional<quint64> total;
    std::optional<quint64> available;
    std::optional<quint64> free;
    quint64 caches = 0;
    while (std::optional<QByteArrayView> line = takeLine(text)) {
        const QByteArrayView key = takeWord(*line);
        const std::optional<quint64> value = toNumber(takeWord(*line));
        if (!value)
            continue;
        if (key == "MemTotal:")
            total = value;
        else if (key == "MemAvailable:")
            available = value;
        else if (key == "MemFree:")
            free = value;
        else if (key == "Buffers:" || key == "Cached:")
            caches = std::min(largestNumber, caches + *value);
    }
    if (!available && free)
        available = *free + caches;
    if (!total || *total == 0 || !available)
        return std::nullopt;
    return MemoryAmounts{*total, std::min(*total, *available)};
}

} // namespace frpx
