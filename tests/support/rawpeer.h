// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/sockets.h"

#include <QByteArray>

#include <optional>

namespace frpx::test {

/// A blocking TCP peer that says whatever it is told, at any speed, and sees when the other side closes.
class RawPeer
{
public:
    RawPeer() = default;
    explicit RawPeer(quint16 port, int ms = 5'000) { open(port, ms); }

    bool open(quint16 port, int ms = 5'000);
    bool isOpen() const { return m_fd.isValid(); }
    quint16 localPort() const { return test::localPort(m_fd); }

    bool send(QByteArrayView bytes, int ms = 5'000);
    /// One byte at a time with a pause between; \return false when the other side closes meanwhile.
    bool sendSlowly(QByteArrayView bytes, int pauseMs);
    /// A 4-byte length and \a payload.
    bool sendFrame(const QByteArray &payload);

    /// Reads until \a size bytes are there in all; \return false at the deadline or the end of the stream.
    bool receive(qsizetype size, int ms = 5'000);
    /// The payload of the next frame, taken from received().
    std::optional<QByteArray> receiveFrame(int ms = 5'000);
    /// Reads on until the other side closes or resets; \return false when it does not in time.
    bool waitForClosed(int ms = 5'000);
    /// Whether the other side has closed by now; reads what is there.
    bool isClosedByPeer();
    /// Whether the close seen was a reset.
    bool wasReset() const { return m_reset; }

    const QByteArray &received() const { return m_received; }

    void shutdownWrite();
    void close() { m_fd.reset(); }
    /// Closes so that the other side sees a reset.
    void abort();

private:
    Io readOnce();

    Fd m_fd;
    QByteArray m_received;
    bool m_ended = false;
    bool m_reset = false;
};

} // namespace frpx::test
