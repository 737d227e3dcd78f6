// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"
#include "common/relay/chunkcodec.h"
#include "common/relay/wire.h"
#include "common/tls/tlsstate.h"

#include <QByteArray>

namespace frpx {

/// One end of a StreamRelay: a connected, non-blocking descriptor, plain or with TLS over it, the bytes as
/// they are or in chunks.
///
/// It remembers what the loop has told of it, takes whatever is written, and keeps what the kernel does not
/// take until flush(). Nothing is allocated but that. Not thread-safe.
class Stream
{
public:
    /// \a tls may be null. \a records is of the loop that this object lives in, and outlives it.
    Stream(UniqueFd fd, std::unique_ptr<TlsState> tls, std::vector<char> &records)
        : m_records(records)
        , m_tls(std::move(tls))
    {
        m_wire.fd = std::move(fd);
    }

    /// From now on what is read and written is in chunks; null: as it is.
    void setChunks(std::unique_ptr<ChunkCodec> chunks) { m_chunks = std::move(chunks); }
    const ChunkCodec *chunks() const { return m_chunks.get(); }
    std::unique_ptr<ChunkCodec> takeChunks() { return std::move(m_chunks); }

    int fd() const { return m_wire.fd.get(); }
    TlsState *tls() const { return m_tls.get(); }
    /// For another owner, when nothing more is done here. TLS goes with what it has not sent.
    UniqueFd takeFd() { return std::move(m_wire.fd); }
    std::unique_ptr<TlsState> takeTls() { return std::move(m_tls); }

    void setReadable() { m_wire.readable = true; }
    void setWritable() { m_wire.writable = true; }
    /// There is urgent data: a read stops short at it and proves nothing.
    void setUrgent() { m_wire.shortReadsDrain = false; }
    /// The peer has ended its stream; what it sent before is still read.
    void setHungUp()
    {
        m_wire.readable = true;
        m_wire.shortReadsDrain = false; // the end of a stream is announced but once
        m_hungUp = true;
    }
    /// The connection broke: as setHungUp(), and nothing can be sent any more.
    void setBroken()
    {
        setHungUp();
        m_wire.writable = true;
        m_broken = true;
    }
    bool isBroken() const { return m_broken; }
    bool isHungUp() const { return m_hungUp; }
    bool hasUrgentData() const { return !m_wire.shortReadsDrain && !m_hungUp; }
    /// The user of this connection has ended and it can serve another one (see ChunkCodec).
    bool isReusable() const
    {
        return m_chunks && m_chunks->isThrough() && m_wire.shortReadsDrain && writeError() == 0
            && !hasUnsent();
    }
    /// Its end is known, although not all may have been read.
    bool isAboutToEnd() const
    {
        return m_chunks && m_chunks->wayIn() != ChunkCodec::Way::Raw
            ? m_chunks->wayIn() == ChunkCodec::Way::Ended
            : m_hungUp && !m_broken;
    }
    /// Is the connection in error? Does not take the error.
    bool looksBroken() const;

    /// A read may bring something.
    bool isReadable() const
    {
        return m_wire.readable || (m_tls && m_tls->hasPending())
            || (m_chunks && m_chunks->wayIn() == ChunkCodec::Way::Ended);
    }
    /// flush() may do something.
    bool isWritable() const { return m_wire.writable; }
    /// Without a last word it was cut off.
    bool hasLastWord() const { return m_tls || (m_chunks && m_chunks->wayIn() != ChunkCodec::Way::Raw); }

    /// Only with TLS: see TlsState.
    TlsState::Progress handshake(QByteArrayView first = {})
    {
        return m_tls->handshake(m_wire, m_records, first);
    }

    WireRead read(char *buffer, size_t room);
    /// As read(), but nothing is taken: `bytes` is 0 or 1.
    WireRead peek();

    /// Takes all of \a bytes; what cannot be sent now is kept. Plain or in chunks: only while hasUnsent() is
    /// false.
    /// \return false if the stream takes no bytes any more, see writeError(). With \a more the kernel may
    /// wait for what comes next.
    bool write(QByteArrayView bytes, bool more = false);
    /// As write(), but of a plain stream only what the kernel takes. \return the bytes taken; writeError()
    /// says whether more may be taken later.
    size_t writeSome(QByteArrayView bytes, bool more = false);
    bool hasUnsent() const { return m_tls ? m_tls->hasUnsent() : !m_unsent.isEmpty(); }
    /// Goes on with what was kept, while isWritable(). \return as write().
    bool flush();
    /// The errno of what failed.
    int writeError() const { return m_wire.writeError; }
    void dropUnsent();

    /// Ends the way out, in order, once everything has been sent. \return as write().
    bool endWriting();
    /// Closed before endOnClose() it is reset. For a way out whose end no mark says; with marks, once it goes
    /// raw, that is so by itself.
    void resetOnClose() const { net::resetOnClose(fd()); }
    /// The end of the way out is with the kernel.
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
    bool m_ending = false; ///< no more is written
    QByteArray m_unsent;
    qsizetype m_unsentFrom = 0; ///< where it begins
};

} // namespace frpx
