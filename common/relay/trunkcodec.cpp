// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/trunkcodec.h"

#include <QtEndian>

#include <array>

namespace frpx {

namespace {

// In the place of a size.
constexpr quint16 leaveMark = 0xffff;
constexpr quint16 openMark = 0xfffe;
constexpr quint16 helloMark = 0xfffd;
constexpr quint16 goneMark = 0xfffc;

std::optional<TrunkEntry::Kind> kindOf(quint16 size)
{
    switch (size) {
    case leaveMark:
        return TrunkEntry::Kind::Leave;
    case openMark:
        return TrunkEntry::Kind::Open;
    case helloMark:
        return TrunkEntry::Kind::Hello;
    case goneMark:
        return TrunkEntry::Kind::Gone;
    default:
        return size > 0 && size <= TrunkEntry::maxBytes ? std::optional(TrunkEntry::Kind::Bytes)
                                                        : std::nullopt;
    }
}

quint16 sizeOf(const TrunkEntry &entry)
{
    switch (entry.kind) {
    case TrunkEntry::Kind::Leave:
        return leaveMark;
    case TrunkEntry::Kind::Open:
        return openMark;
    case TrunkEntry::Kind::Hello:
        return helloMark;
    case TrunkEntry::Kind::Gone:
        return goneMark;
    case TrunkEntry::Kind::Bytes:
        break;
    }
    return static_cast<quint16>(entry.bytes.size());
}

} // namespace

std::optional<TrunkEntry> TrunkReader::next()
{
    if (m_violated || m_wire.size() < TrunkEntry::headSize)
        return std::nullopt;
    TrunkEntry entry;
    entry.stream = qFromBigEndian<quint32>(m_wire.data());
    entry.delivered = qFromBigEndian<quint32>(m_wire.data() + 4);
    const auto size = qFromBigEndian<quint16>(m_wire.data() + 8);
    const std::optional<TrunkEntry::Kind> kind = kindOf(size);
    m_violated = !kind;
    if (m_violated)
        return std::nullopt;
    entry.kind = *kind;
    const qsizetype bytes = entry.kind == TrunkEntry::Kind::Bytes ? size : 0;
    if (m_wire.size() < TrunkEntry::headSize + bytes)
        return std::nullopt;
    entry.bytes = m_wire.sliced(TrunkEntry::headSize, bytes);
    m_wire = m_wire.sliced(TrunkEntry::headSize + bytes);
    return entry;
}

void writeTrunkEntry(QByteArray &wire, const TrunkEntry &entry)
{
    std::array<char, TrunkEntry::headSize> head;
    qToBigEndian(entry.stream, head.data());
    qToBigEndian(entry.delivered, head.data() + 4);
    qToBigEndian(sizeOf(entry), head.data() + 8);
    wire.append(QByteArrayView(head));
    wire.append(entry.bytes);
}

} // namespace frpx
