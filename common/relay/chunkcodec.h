// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

#include <array>
#include <utility>

namespace frpx {

/// Marks the start and end of a visitor's bytes in the stream of a work connection, so that it can serve
/// another visitor afterwards (docs/protocol.md, "Chunks"; docs/adr/0028). No sockets, no clock.
///
/// Each direction is a sequence of chunks, 4 bytes of length (big endian) and that many bytes, until a length
/// of 0 marks the orderly end of the visitor's or the service's stream. A connection that ends before was cut
/// off. A direction with bulk data leaves the chunks (`raw`): then raw bytes follow until the connection
/// ends, and it serves no other visitor.
class ChunkCodec
{
public:
    static constexpr size_t headSize = 4;
    static constexpr quint32 maxChunk = 0xffffff;
    using Head = std::array<char, headSize>;
    enum class Way { Chunks, Raw, Ended };

    /// With \a mayGoRaw an outgoing direction goes raw after rawAfter bytes.
    explicit ChunkCodec(bool mayGoRaw = true)
        : m_mayGoRaw(mayGoRaw)
    { }

    // The incoming direction.

    /// \a buffer contains \a bytes of the wire: moves the stream's own bytes to its start. \return their
    /// number; wayIn() may have changed, isViolated() is true if the peer has violated the protocol.
    size_t decode(char *buffer, size_t bytes);
    Way wayIn() const { return m_in; }
    /// Bytes after the end, which belong to the next visitor.
    QByteArray takeBeyond() { return std::exchange(m_beyond, {}); }
    bool isViolated() const { return m_violated; }

    // The outgoing direction, only while it is in chunks.

    static Head headOf(size_t chunk);
    /// The head before the next \a bytes, at most maxChunk. May turn wayOut() raw.
    Head nextHead(size_t bytes);
    /// The number of unsent bytes of a chunk whose head has been sent.
    void setDue(size_t bytes) { m_due = bytes; }
    /// How many of the next \a bytes are sent without a head.
    size_t takeDue(size_t bytes);
    /// The mark of the end.
    Head endHead();
    /// The mark before raw bytes.
    Head rawHead();
    Way wayOut() const { return m_out; }
    /// The peer has gone raw and this side should do so too, since then both can relay without chunks.
    bool owesRaw() const { return m_in == Way::Raw && m_out == Way::Chunks && m_due == 0; }

    /// Both directions have ended without an error: the connection can be used again.
    bool isThrough() const { return m_in == Way::Ended && m_out == Way::Ended && !m_violated; }

private:
    /// More than most requests and small answers; less than the amount for which splice() pays.
    static constexpr quint64 rawAfter = quint64(32) * 1024;

    const bool m_mayGoRaw;
    bool m_violated = false;
    Way m_in = Way::Chunks;
    Way m_out = Way::Chunks;
    quint8 m_headBytes = 0; ///< received bytes of the next head
    Head m_head{};
    quint32 m_left = 0; ///< missing bytes of the current incoming chunk
    QByteArray m_beyond;
    size_t m_due = 0;
    quint64 m_sent = 0;
};

} // namespace frpx
