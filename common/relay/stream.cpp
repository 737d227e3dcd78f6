// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/stream.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <poll.h>

namespace frpx {

bool Stream::looksBroken() const
{
    pollfd watched{fd(), 0, 0};
    return ::poll(&watched, 1, 0) > 0 && (watched.revents & POLLERR) != 0;
}

WireRead Stream::read(char *buffer, size_t room)
{
    if (!m_chunks || m_chunks->wayIn() == ChunkCodec::Way::Raw) {
        answerRaw(); // the peer's mark may have come before this read, or during a chunk of this side
        return readWire(buffer, room);
    }
    if (m_chunks->wayIn() == ChunkCodec::Way::Ended)
        return {0, WireStatus::Ended};
    WireRead got = readWire(buffer, room);
    if (got.status == WireStatus::Ended)
        got.status = WireStatus::Broken; // it was cut off
    if (got.bytes == 0)
        return got;
    got.bytes = m_chunks->decode(buffer, got.bytes);
    if (m_chunks->isViolated())
        return {0, WireStatus::Broken};
    answerRaw();
    return got;
}

WireRead Stream::peek()
{
    if (m_chunks && m_chunks->wayIn() == ChunkCodec::Way::Ended)
        return {0, WireStatus::Ended};
    WireRead seen = m_tls ? m_tls->peek(m_wire, m_records) : m_wire.peek();
    if (seen.status == WireStatus::Ended && m_chunks && m_chunks->wayIn() == ChunkCodec::Way::Chunks)
        seen.status = WireStatus::Broken; // it was cut off
    return seen;
}

/// Sent at once, since there may be nothing else to send for long.
void Stream::answerRaw()
{
    if (!m_chunks || !m_chunks->owesRaw() || hasUnsent())
        return;
    const ChunkCodec::Head head = m_chunks->rawHead();
    resetOnClose();
    writeWire({head.data(), qsizetype(head.size())}, false); // the next write reports a failure
}

bool Stream::write(QByteArrayView bytes, bool more)
{
    Q_ASSERT(m_tls || !hasUnsent());
    return isChunkedOut() ? writeChunk(bytes, more) : writeWire(bytes, more);
}

bool Stream::writeChunk(QByteArrayView bytes, bool more)
{
    const auto due = static_cast<qsizetype>(m_chunks->takeDue(static_cast<size_t>(bytes.size())));
    const QByteArrayView rest = bytes.sliced(due);
    if (rest.isEmpty())
        return writeWire(bytes, more);
    const ChunkCodec::Head head = m_chunks->nextHead(static_cast<size_t>(rest.size()));
    if (!isChunkedOut())
        resetOnClose();
    const QByteArrayView headBytes(head.data(), qsizetype(head.size()));
    if (due == 0)
        return writeWire(headBytes, bytes, more);
    return writeWire(bytes.first(due).toByteArray() + headBytes.toByteArray(), rest, more);
}

bool Stream::writeWire(QByteArrayView bytes, bool more)
{
    const size_t sent = writeSome(bytes, more);
    if (writeError() != 0)
        return false;
    const QByteArrayView rest = bytes.sliced(static_cast<qsizetype>(sent));
    if (!rest.isEmpty())
        m_unsent = rest.toByteArray();
    return true;
}

bool Stream::writeWire(QByteArrayView head, QByteArrayView bytes, bool more)
{
    if (m_tls) {
        std::array<char, 4096> together; // a message, in one record
        const auto size = static_cast<size_t>(head.size() + bytes.size());
        if (size > together.size())
            return writeWire(head, true) && writeWire(bytes, more);
        std::copy(bytes.begin(), bytes.end(), std::copy(head.begin(), head.end(), together.begin()));
        return writeWire({together.data(), qsizetype(size)}, more);
    }
    const auto sent = static_cast<qsizetype>(m_wire.writable ? m_wire.write(head, bytes, more) : 0);
    if (writeError() != 0)
        return false;
    if (sent < head.size())
        m_unsent = head.sliced(sent).toByteArray() + bytes.toByteArray();
    else if (sent < head.size() + bytes.size())
        m_unsent = bytes.sliced(sent - head.size()).toByteArray();
    return true;
}

size_t Stream::writeSome(QByteArrayView bytes, bool more)
{
    if (m_tls)
        return m_tls->write(m_wire, m_records, bytes, more) ? static_cast<size_t>(bytes.size()) : 0;
    return m_wire.writable ? m_wire.write(bytes, more) : 0;
}

bool Stream::flush()
{
    if (m_tls)
        return m_tls->flush(m_wire) && endIfSent();
    m_unsentFrom += static_cast<qsizetype>(m_wire.write(QByteArrayView(m_unsent).sliced(m_unsentFrom)));
    if (writeError() != 0)
        return false;
    if (m_unsentFrom == m_unsent.size()) {
        dropUnsent();
        answerRaw();
    }
    return endIfSent();
}

void Stream::dropUnsent()
{
    if (m_tls)
        m_tls->dropUnsent();
    m_unsent = QByteArray();
    m_unsentFrom = 0;
}

bool Stream::endWriting()
{
    if (isChunkedOut()) {
        const ChunkCodec::Head head = m_chunks->endHead();
        return writeWire({head.data(), qsizetype(head.size())}, false);
    }
    m_ending = true;
    if (m_tls && !m_tls->endWriting(m_wire, m_records))
        return false;
    return endIfSent();
}

bool Stream::endIfSent()
{
    if (m_ending && !hasUnsent())
        net::endSending(fd());
    return true;
}

} // namespace frpx
