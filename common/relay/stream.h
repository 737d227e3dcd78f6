// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/wire.h"

#include <QByteArray>

namespace frpx {

/// One end of a StreamRelay: a connected, non-blocking descriptor.
///
/// It remembers what the loop has told of it, takes whatever is written, and keeps what the kernel does not
/// take until flush(). Nothing is allocated but that. Not thread-safe.
class Stream
{
public:
    explicit Stream(UniqueFd fd) { m_wire.fd = std::move(fd); }

    int fd() const { return m_wire.fd.get(); }

    void setReadable() { m_wire.readable = true; }
    void setWritable() { m_wire.writable = true; }
    /// There is urgent data: a read stops short at it and proves nothing.
    void setUrgent() { m_wire.shortReadsDrain = false; }
    /// The peer has ended its stream; what it sent before is still read.
    void setHungUp()
    {
        m_wire.readable = true;
        m_wire.shortReadsDrain = false; // the end of a stream is announced but once
    }
    /// The connection broke: as setHungUp(), and nothing can be sent any more.
    void setBroken()
    {
        setHungUp();
        m_wire.writable = true;
        m_broken = true;
    }
    bool isBroken() const { return m_broken; }
    /// Is the connection in error? Does not take the error.
    bool looksBroken() const;

    /// A read may bring something.
    bool isReadable() const { return m_wire.readable; }
    bool isWritable() const { return m_wire.writable; }

    WireRead read(char *buffer, size_t room) { return m_wire.read(buffer, room); }
    /// As read(), but nothing is taken: `bytes` is 0 or 1.
    WireRead peek() { return m_wire.peek(); }

    /// Takes all of \a bytes; what cannot be sent now is kept. Only while hasUnsent() is false. \return false
    /// if the stream takes no bytes any more, see writeError().
    bool write(QByteArrayView bytes);
    bool hasUnsent() const { return !m_unsent.isEmpty(); }
    /// Goes on with what was kept, while isWritable(). \return as write().
    bool flush();
    /// The errno of what failed.
    int writeError() const { return m_wire.writeError; }
    void dropUnsent();

    /// Ends the way out, in order. Only while hasUnsent() is false.
    void endWriting();

private:
    Wire m_wire;
    bool m_broken = false;
    QByteArray m_unsent;
    qsizetype m_unsentFrom = 0; ///< where it begins
};

} // namespace frpx
