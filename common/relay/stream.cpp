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

bool Stream::write(QByteArrayView bytes)
{
    Q_ASSERT(!hasUnsent());
    const size_t sent = m_wire.writable ? m_wire.write(bytes) : 0;
    if (writeError() != 0)
        return false;
    const QByteArrayView rest = bytes.sliced(static_cast<qsizetype>(sent));
    if (!rest.isEmpty())
        m_unsent = rest.toByteArray();
    return true;
}

bool Stream::flush()
{
    m_unsentFrom += static_cast<qsizetype>(m_wire.write(QByteArrayView(m_unsent).sliced(m_unsentFrom)));
    if (writeError() != 0)
        return false;
    if (m_unsentFrom == m_unsent.size())
        dropUnsent();
    return true;
}

void Stream::dropUnsent()
{
    m_unsent = QByteArray();
    m_unsentFrom = 0;
}

void Stream::endWriting()
{
    net::endSending(fd());
}

} // namespace frpx
