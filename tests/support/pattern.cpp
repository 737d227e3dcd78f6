// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/pattern.h"

#include <QCryptographicHash>

#include <algorithm>
#include <array>

namespace frpx::test {

namespace {

constexpr quint64 period = 1048573; // the largest prime below 1 MiB

std::array<char, period> makeTable()
{
    std::array<char, period> table{};
    quint64 state = 0x9e3779b97f4a7c15;
    for (char &c : table) { // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        c = static_cast<char>(state >> 32);
    }
    return table;
}

} // namespace

QByteArrayView patternAt(quint64 offset, quint64 most)
{
    static const std::array<char, period> table = makeTable();
    const quint64 start = offset % period;
    return {table.data() + start, static_cast<qsizetype>(std::min(most, period - start))};
}

QByteArray patternSha256(quint64 size)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    for (quint64 offset = 0; offset < size;) {
        const QByteArrayView piece = patternAt(offset, size - offset);
        hash.addData(piece);
        offset += static_cast<quint64>(piece.size());
    }
    return hash.result().toHex();
}

} // namespace frpx::test
