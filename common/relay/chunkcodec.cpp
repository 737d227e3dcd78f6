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
constexpr quint32 proposalMark = 0xfffffffe; // the loop and the stream's number, 4 bytes each
constexpr quint32 acceptanceMark = 0xfffffffd; // the loop, 4 bytes
constexpr quint32 refusalMark = 0xfffffffc;

constexpr quint32 fewestOfAConversation = 8; // messages each way
constexpr quint64 smallMessage = 2048; // bytes, on average

ChunkCodec::Head encodedNumber(quint32 value)
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
        } else if (m_mark != 0) {
            addToMark(buffer[at++]);
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
                onMark(value);
            else
                beginChunk(value);
        }
    }
    return kept;
}

void ChunkCodec::beginChunk(quint32 size)
{
    m_left = size;
    m_received += size;
    ++m_chunksIn;
}

void ChunkCodec::onMark(quint32 mark)
{
    // One at a time: whoever has asked waits for the answer.
    if (!m_trunks || m_news || mark < refusalMark)
        m_violated = true;
    else if (mark == refusalMark)
        m_news = TrunkNews{};
    else
        m_mark = mark;
}

void ChunkCodec::addToMark(char byte)
{
    const quint8 size = m_mark == proposalMark ? 8 : 4;
    m_markBody.at(m_markBytes++) = byte;
    if (m_markBytes < size)
        return;
    const auto loop = qFromBigEndian<quint32>(m_markBody.data());
    m_news = m_mark == proposalMark
        ? TrunkNews{TrunkNews::Kind::Proposal, loop, qFromBigEndian<quint32>(m_markBody.data() + 4)}
        : TrunkNews{TrunkNews::Kind::Acceptance, loop};
    m_mark = 0;
    m_markBytes = 0;
}

quint32 ChunkCodec::exchanged() const
{
    const quint32 chunks = m_chunksIn + m_chunksOut;
    return !m_conversationIsOver && m_chunksIn >= fewestOfAConversation
            && m_chunksOut >= fewestOfAConversation && m_sent + m_received <= smallMessage * chunks
        ? chunks
        : 0;
}

ChunkCodec::Head ChunkCodec::headOf(size_t chunk)
{
    return encodedNumber(static_cast<quint32>(chunk));
}

ChunkCodec::Head ChunkCodec::nextHead(size_t bytes)
{
    m_sent += bytes;
    ++m_chunksOut;
    const quint64 limit = m_trunks && exchanged() > 0 ? conversationRawAfter : rawAfter;
    return m_in == Way::Raw || (m_mayGoRaw && m_sent > limit) ? rawHead() : headOf(bytes);
}

QByteArray ChunkCodec::encoded(const TrunkNews &news)
{
    const auto number = [](quint32 value) {
        const Head head = encodedNumber(value);
        return QByteArray(head.data(), head.size());
    };
    switch (news.kind) {
    case TrunkNews::Kind::Proposal:
        return number(proposalMark) + number(news.loop) + number(news.stream);
    case TrunkNews::Kind::Acceptance:
        return number(acceptanceMark) + number(news.loop);
    case TrunkNews::Kind::Refusal:
        break;
    }
    return number(refusalMark);
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
    return encodedNumber(endMark);
}

ChunkCodec::Head ChunkCodec::rawHead()
{
    m_out = Way::Raw;
    return encodedNumber(rawMark);
}

} // namespace frpx
