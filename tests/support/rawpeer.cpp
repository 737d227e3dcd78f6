// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/rawpeer.h"

#include "tests/support/frames.h"

#include <array>

#include <poll.h>
#include <sys/socket.h>

namespace frpx::test {

bool RawPeer::open(quint16 port, int ms)
{
    m_received.clear();
    m_ended = false;
    m_reset = false;
    m_fd = connectLoopback(port, QDeadlineTimer(ms));
    return m_fd.isValid();
}

bool RawPeer::send(QByteArrayView bytes, int ms)
{
    const QDeadlineTimer deadline(ms);
    while (!bytes.isEmpty()) {
        size_t count = 0;
        const Io io = writeSome(m_fd, bytes, &count);
        bytes = bytes.sliced(static_cast<qsizetype>(count));
        if (io == Io::Failed || (io == Io::Again && waitForEvents(m_fd, POLLOUT, deadline) == 0))
            return false;
    }
    return true;
}

bool RawPeer::sendSlowly(QByteArrayView bytes, int pauseMs)
{
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        if (!send(bytes.sliced(i, 1)) || waitForClosed(pauseMs))
            return false;
    }
    return true;
}

bool RawPeer::sendFrame(const QByteArray &payload)
{
    return send(frame(payload));
}

bool RawPeer::receive(qsizetype size, int ms)
{
    const QDeadlineTimer deadline(ms);
    while (m_received.size() < size) {
        const Io io = readOnce();
        if (io == Io::End || io == Io::Failed)
            return false;
        if (io == Io::Again && waitForEvents(m_fd, POLLIN, deadline) == 0)
            return false;
    }
    return true;
}

std::optional<QByteArray> RawPeer::receiveFrame(int ms)
{
    const QDeadlineTimer deadline(ms);
    while (true) {
        FrameBuffer frames;
        frames.append(m_received);
        if (std::optional<QByteArray> payload = frames.takeFrame()) {
            m_received = frames.rest();
            return payload;
        }
        if (!receive(m_received.size() + 1, static_cast<int>(deadline.remainingTime())))
            return std::nullopt;
    }
}

bool RawPeer::waitForClosed(int ms)
{
    const QDeadlineTimer deadline(ms);
    while (!isClosedByPeer()) {
        if (waitForEvents(m_fd, POLLIN, deadline) == 0)
            return false;
    }
    return true;
}

bool RawPeer::isClosedByPeer()
{
    while (!m_ended) {
        if (readOnce() == Io::Again)
            break;
    }
    return m_ended;
}

void RawPeer::shutdownWrite()
{
    ::shutdown(m_fd.get(), SHUT_WR);
}

void RawPeer::abort()
{
    const linger now{1, 0};
    ::setsockopt(m_fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    m_fd.reset();
}

Io RawPeer::readOnce()
{
    std::array<char, 65'536> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init)
    size_t count = 0;
    const Io io = readSome(m_fd, buffer.data(), buffer.size(), &count);
    m_received.append(buffer.data(), static_cast<qsizetype>(count));
    if (io == Io::End || io == Io::Failed)
        m_ended = true;
    if (io == Io::Failed)
        m_reset = true;
    return io;
}

} // namespace frpx::test
