// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/chunkcodec.h"

#include <QtEndian>

#include <algorithm>
#include <cstring>

namespace frpx {

namespace {

constexpr quint32 endMark = 0;
constexpr quint32 rawMark = 0xffffffff;

ChunkCodec::Head encoded(quint32 value)
{
    ChunkCodec::Head head;
    qToBigEndian(value, head.data());
    return head;
}

} // namespace

size_t ChunkCodec::decode(char *buffer, size_t bytes)
{
    size_t kept = 0;
    for (size_t at = 0; at < bytes && !m_violated;) {
        if (m_in == Way::Ended) {
            m_beyond.append(buffer + at, static_cast<qsizetype>(bytes - at));
            break;
        }
        if (m_in == Way::Raw || m_left > 0) {
            const size_t part = m_in == Way::Raw ? bytes - at : std::min<size_t>(m_left, bytes - at);
            std::memmove(buffer + kept, buffer + at, part);
            kept += part;
            at += part;
            m_left -= m_in == Way::Raw ? 0 : static_cast<quint32>(part);
        } else {
            m_head.at(m_headBytes++) = buffer[at++];
            if (m_headBytes < headSize)
                continue;
            m_headBytes = 0;
            const auto value = qFromBigEndian<quint32>(m_head.data());
            if (value == endMark)
                m_in = Way::Ended;
            else if (value == rawMark)
                m_in = Way::Raw;
            else if (value > maxChunk)
                m_violated = true;
            else
                m_left = value;
        }
    }
    return kept;
}

ChunkCodec::Head ChunkCodec::headOf(size_t chunk)
{
    return encoded(static_cast<quint32>(chunk));
}

ChunkCodec::Head ChunkCodec::nextHead(size_t bytes)
{
    m_sent += bytes;
    return m_in == Way::Raw || (m_mayGoRaw && m_sent > rawAfter) ? rawHead() : headOf(bytes);
}

size_t ChunkCodec::takeDue(size_t bytes)
{
    const size_t part = std::min(m_due, bytes);
    m_due -= part;
    return part;
}

ChunkCodec::Head ChunkCodec::endHead()
{
    m_out = Way::Ended;
    return encoded(endMark);
}

ChunkCodec::Head ChunkCodec::rawHead()
{
    m_out = Way::Raw;
    return encoded(rawMark);
}

} // namespace frpx
