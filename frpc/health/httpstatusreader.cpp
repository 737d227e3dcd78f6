// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/health/httpstatusreader.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr QByteArrayView protocol = "HTTP/1.";
constexpr int switchingProtocols = 101; // the only 1xx status that is final

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// Reads the status of a line such as "HTTP/1.1 200 OK", without its end; nullopt for any other line.
std::optional<int> statusOf(QByteArrayView line)
{
    constexpr qsizetype code = 9; // the offset of the three digits
    constexpr qsizetype end = code + 3;
    if (line.size() < end || !line.startsWith(protocol) || (line[7] != '0' && line[7] != '1')
        || line[8] != ' ' || (line.size() > end && line[end] != ' ')
        || !std::all_of(line.begin() + code, line.begin() + end, isDigit))
        return std::nullopt;
    return line.sliced(code, 3).toInt();
}

/// The size of a head with its blank line; -1 if it is incomplete.
qsizetype headSize(QByteArrayView bytes)
{
    for (qsizetype at = bytes.indexOf('\n'); at >= 0; at = bytes.indexOf('\n', at + 1)) {
        const QByteArrayView next = bytes.sliced(at + 1);
        if (next.startsWith('\n'))
            return at + 2;
        if (next.startsWith("\r\n"))
            return at + 3;
    }
    return -1;
}

} // namespace

std::optional<Result<int>> HttpStatusReader::append(QByteArrayView bytes)
{
    const QByteArrayView taken = bytes.first(std::min(bytes.size(), maxBytes - m_taken));
    m_unread.append(taken);
    m_taken += taken.size();
    std::optional<Result<int>> decided = parse();
    if (!decided && m_taken == maxBytes)
        return Error{
            Errc::FrameTooLarge, u"the answer holds no status in its first %1 bytes"_s.arg(maxBytes)};
    return decided;
}

std::optional<Result<int>> HttpStatusReader::parse()
{
    while (true) {
        const QByteArrayView known =
            QByteArrayView(m_unread).first(std::min(m_unread.size(), protocol.size()));
        const qsizetype end = m_unread.indexOf('\n');
        if (end < 0 && protocol.startsWith(known))
            return std::nullopt;
        QByteArrayView line = QByteArrayView(m_unread).first(std::max<qsizetype>(end, 0));
        if (line.endsWith('\r'))
            line.chop(1);
        const std::optional<int> status = statusOf(line); // m_line is empty if the start was wrong
        if (!status || *status < 100)
            return Error{Errc::BadField, u"the answer is not HTTP"_s};
        if (*status >= 200 || *status == switchingProtocols)
            return *status;
        const qsizetype head = headSize(m_unread);
        if (head < 0)
            return std::nullopt;
        m_unread.remove(0, head);
    }
}

} // namespace frpx::client
