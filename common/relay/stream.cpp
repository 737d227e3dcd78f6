// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/stream.h"

#include "common/net/sockets.h"

#include <poll.h>

namespace frpx {

bool Stream::looksBroken() const
{
    pollfd watched{fd(), 0, 0};
    return ::poll(&watched, 1, 0) > 0 && (watched.revents & POLLERR) != 0;
}

bool Stream::write(QByteArrayView bytes, bool more)
{
    Q_ASSERT(m_tls || !hasUnsent());
    const size_t sent = writeSome(bytes, more);
    if (writeError() != 0)
        return false;
    const QByteArrayView rest = bytes.sliced(static_cast<qsizetype>(sent));
    if (!rest.isEmpty())
        m_unsent = rest.toByteArray();
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
    if (m_unsentFrom == m_unsent.size())
        dropUnsent();
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
