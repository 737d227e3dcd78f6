// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QByteArray>
#include <QByteArrayView>

#include <optional>

namespace frpx::proto {

constexpr qsizetype frameHeaderSize = 4;

/// Frame limits in bytes of payload: small before the login, larger after it.
constexpr quint32 maxFrameBeforeLogin = 4 * 1024;
constexpr quint32 maxFrameAfterLogin = 64 * 1024;

/// Splits a byte stream into frames: a 4-byte big-endian length, then that many bytes.
///
/// A value class without a socket. It refuses a frame by its length header, before the payload is buffered,
/// so it never holds more than what was appended since the last complete frame. After an error the next frame
/// boundary is unknown: the decoder stays in the error state and the link has to be closed.
class FrameDecoder
{
public:
    /// \a maxPayload is the largest acceptable payload in bytes.
    explicit FrameDecoder(quint32 maxPayload)
        : m_maxPayload(maxPayload)
    { }

    /// Changes the limit, from the next length header on.
    void setMaxPayload(quint32 bytes) { m_maxPayload = bytes; }

    void append(QByteArrayView bytes) { m_buffer.append(bytes); }

    /// The next payload; nullopt while it is incomplete; Errc::FrameEmpty or Errc::FrameTooLarge.
    Result<std::optional<QByteArray>> next();

    /// Bytes of an incomplete frame.
    qsizetype buffered() const { return m_buffer.size() - m_consumed; }

private:
    void dropConsumed();

    quint32 m_maxPayload;
    QByteArray m_buffer;
    qsizetype m_consumed = 0; // removed in one step, so that many small frames do not move the rest each time
};

/// The payload length in \a header (frameHeaderSize bytes), checked against \a maxPayload.
Result<quint32> frameLength(const char *header, quint32 maxPayload);

/// \a payload with its length header.
QByteArray frame(QByteArrayView payload);

} // namespace frpx::proto
