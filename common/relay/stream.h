// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/wire.h"
#include "common/net/sockets.h"
#include "common/relay/chunkcodec.h"
#include "common/tls/tlsstate.h"

#include <QByteArray>

namespace frpx {

/// One end of a StreamRelay: a connected, non-blocking descriptor, plain or with TLS, with raw bytes or in
/// chunks.
///
/// It stores the events of the loop, accepts all bytes that are written, and keeps those that the kernel does
/// not take until flush(). Allocates memory only for these. Not thread-safe.
class Stream
{
public:
    /// \a tls may be null. \a records belongs to the loop of this object, and outlives it.
    Stream(UniqueFd fd, std::unique_ptr<TlsState> tls, std::vector<char> &records)
        : m_records(records)
        , m_tls(std::move(tls))
    {
        m_wire.fd = std::move(fd);
    }

    /// From now on the bytes are in chunks; null: raw.
    void setChunks(std::unique_ptr<ChunkCodec> chunks) { m_chunks = std::move(chunks); }
    const ChunkCodec *chunks() const { return m_chunks.get(); }
    std::unique_ptr<ChunkCodec> takeChunks() { return std::move(m_chunks); }

    int fd() const { return m_wire.fd.get(); }
    TlsState *tls() const { return m_tls.get(); }
    /// Gives the descriptor to another owner, after the last use here. TLS keeps its unsent bytes.
    UniqueFd takeFd() { return std::move(m_wire.fd); }
    std::unique_ptr<TlsState> takeTls() { return std::move(m_tls); }

    void setReadable() { m_wire.readable = true; }
    void setWritable() { m_wire.writable = true; }
    /// There is urgent data: a read stops before it, so a short read does not mean that the buffer is empty.
    void setUrgent() { m_wire.shortReadsDrain = false; }
    /// The peer has ended its stream; earlier bytes are still read.
    void setHungUp()
    {
        m_wire.readable = true;
        m_wire.shortReadsDrain = false; // the end of a stream is reported only once
        m_hungUp = true;
    }
    /// The connection broke: like setHungUp(), and nothing can be sent any more.
    void setBroken()
    {
        setHungUp();
        m_wire.writable = true;
        m_broken = true;
    }
    bool isBroken() const { return m_broken; }
    bool isHungUp() const { return m_hungUp; }
    bool hasUrgentData() const { return !m_wire.shortReadsDrain && !m_hungUp; }
    /// The visitor's stream has ended and the connection can serve another visitor (see ChunkCodec).
    bool isReusable() const
    {
        return m_chunks && m_chunks->isThrough() && m_wire.shortReadsDrain && writeError() == 0
            && !hasUnsent();
    }
    /// The end has been reported, although not all bytes may have been read.
    bool isAboutToEnd() const
    {
        return m_chunks && m_chunks->wayIn() != ChunkCodec::Way::Raw
            ? m_chunks->wayIn() == ChunkCodec::Way::Ended
            : m_hungUp && !m_broken;
    }
    /// Whether the connection is in error. Does not clear the error.
    bool looksBroken() const;

    /// Whether a read may return bytes.
    bool isReadable() const
    {
        return m_wire.readable || (m_tls && m_tls->hasPending())
            || (m_chunks && m_chunks->wayIn() == ChunkCodec::Way::Ended);
    }
    /// Whether flush() may send bytes.
    bool isWritable() const { return m_wire.writable; }
    /// Whether this stream marks its end: without the mark it was cut off.
    bool hasLastWord() const { return m_tls || (m_chunks && m_chunks->wayIn() != ChunkCodec::Way::Raw); }

    /// Only with TLS: see TlsState.
    TlsState::Progress handshake(QByteArrayView first = {})
    {
        return m_tls->handshake(m_wire, m_records, first);
    }

    WireRead read(char *buffer, size_t room);
    /// Like read(), but takes nothing: `bytes` is 0 or 1.
    WireRead peek();

    /// Takes all of \a bytes and keeps those that cannot be sent now. Plain or in chunks: only while
    /// hasUnsent() is false.
    /// \return false if the stream takes no bytes any more, see writeError(). With \a more the kernel may
    /// wait for the next bytes.
    bool write(QByteArrayView bytes, bool more = false);
    /// Like write(), but a plain stream takes only the bytes that the kernel takes. \return the number of
    /// bytes taken; writeError() says whether more may be taken later.
    size_t writeSome(QByteArrayView bytes, bool more = false);
    bool hasUnsent() const { return m_tls ? m_tls->hasUnsent() : !m_unsent.isEmpty(); }
    /// Sends kept bytes, while isWritable(). \return as write().
    bool flush();
    /// The errno of the failed write.
    int writeError() const { return m_wire.writeError; }
    void dropUnsent();

    /// Ends the sending direction in order, after all bytes are sent. \return as write().
    bool endWriting();
    /// A close before endOnClose() is a reset. For a stream whose end has no mark; a stream with marks does
    /// this itself when it goes raw.
    void resetOnClose() const { net::resetOnClose(fd()); }
    /// The end of the sending direction is in the kernel.
    void endOnClose() const
    {
        if (!isChunkedOut())
            net::endOnClose(fd());
    }

private:
    WireRead readWire(char *buffer, size_t room)
    {
        return m_tls ? m_tls->read(m_wire, m_records, buffer, room) : m_wire.read(buffer, room);
    }
    bool writeWire(QByteArrayView bytes, bool more);
    bool writeWire(QByteArrayView head, QByteArrayView bytes, bool more);
    bool writeChunk(QByteArrayView bytes, bool more);
    void answerRaw();
    bool isChunkedOut() const { return m_chunks && m_chunks->wayOut() != ChunkCodec::Way::Raw; }
    bool endIfSent();

    std::vector<char> &m_records;
    std::unique_ptr<TlsState> m_tls;
    std::unique_ptr<ChunkCodec> m_chunks;
    Wire m_wire;
    bool m_broken = false;
    bool m_hungUp = false;
    bool m_ending = false; ///< no more bytes are written
    QByteArray m_unsent;
    qsizetype m_unsentFrom = 0; ///< the offset of the first unsent byte
};

} // namespace frpx
