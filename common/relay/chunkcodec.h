// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

#include <array>
#include <utility>

namespace frpx {

/// Where a user's bytes begin and end in the stream of a work connection, so that it can serve another user
/// afterwards (docs/protocol.md, "Chunks"; docs/adr/0028). No sockets, no clock.
///
/// Each way is a row of chunks, 4 bytes of length (big endian) and so many bytes, until a length of 0 says
/// that the user's or the service's stream has ended in order. A connection that ends before was cut off. A
/// way that turns out to be bulk stops this (`raw`): then the bytes follow as they are until the connection
/// ends, and it serves nobody else.
class ChunkCodec
{
public:
    static constexpr size_t headSize = 4;
    static constexpr quint32 maxChunk = 0xffffff;
    using Head = std::array<char, headSize>;
    enum class Way { Chunks, Raw, Ended };

    /// With \a mayGoRaw a way out that has carried rawAfter bytes goes raw.
    explicit ChunkCodec(bool mayGoRaw = true)
        : m_mayGoRaw(mayGoRaw)
    { }

    // The way in.

    /// \a bytes of the wire are in \a buffer: leaves the stream's own bytes at its beginning. \return their
    /// number; wayIn() may have changed, isViolated() tell that the peer has broken the rules.
    size_t decode(char *buffer, size_t bytes);
    Way wayIn() const { return m_in; }
    /// What has come behind the end: of the next user.
    QByteArray takeBeyond() { return std::exchange(m_beyond, {}); }
    bool isViolated() const { return m_violated; }

    // The way out. Chunks only.

    static Head headOf(size_t chunk);
    /// What goes before \a bytes that are sent next, at most maxChunk. May turn wayOut() raw.
    Head nextHead(size_t bytes);
    /// So many bytes of a chunk whose head is out already are still to be sent.
    void setDue(size_t bytes) { m_due = bytes; }
    /// Of the next \a bytes so many go without a head.
    size_t takeDue(size_t bytes);
    /// What says that it ends.
    Head endHead();
    /// What says that it goes raw.
    Head rawHead();
    Way wayOut() const { return m_out; }
    /// The peer has gone raw and is to be answered in kind, for then both can do without this.
    bool owesRaw() const { return m_in == Way::Raw && m_out == Way::Chunks && m_due == 0; }

    /// Both ways have ended, and nothing is amiss: the connection is as new.
    bool isThrough() const { return m_in == Way::Ended && m_out == Way::Ended && !m_violated; }

private:
    /// More than most requests and small answers; less than what makes splice() worth its while.
    static constexpr quint64 rawAfter = quint64(32) * 1024;

    const bool m_mayGoRaw;
    bool m_violated = false;
    Way m_in = Way::Chunks;
    Way m_out = Way::Chunks;
    quint8 m_headBytes = 0; ///< of the next head that have come
    Head m_head{};
    quint32 m_left = 0; ///< of the current chunk in
    QByteArray m_beyond;
    size_t m_due = 0;
    quint64 m_sent = 0;
};

} // namespace frpx
