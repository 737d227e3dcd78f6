// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/protocol/messages.h"

#include <QByteArray>

#include <optional>

namespace frpx::server {

/// Reads the one frame that opens a work connection. It says how many bytes may be read without taking any of
/// the bytes after the frame.
class OpeningFrame
{
public:
    OpeningFrame();

    bool isEmpty() const { return m_buffer.isEmpty(); }
    /// The number of bytes that may be read now.
    qsizetype missing() const { return m_wanted - m_buffer.size(); }
    /// \a bytes are at most missing(). Null until the frame is whole; then NewProxyConn or NewWorkConn. An
    /// error is a sentence for the log.
    Result<std::optional<proto::Message>> add(QByteArrayView bytes);

private:
    QByteArray m_buffer; ///< header, then payload
    qsizetype m_wanted; ///< bytes until the next decision
};

} // namespace frpx::server
