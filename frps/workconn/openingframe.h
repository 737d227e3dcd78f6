// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace frpx::server {

/// What a work connection says of itself.
struct WorkOpening
{
    bool isRequested = false; ///< the client was asked to dial it; false: it was dialled in advance
    QString key; ///< the id of the request, or the secret of the client's session
};

/// Reads the one frame that opens a work connection. It says how many bytes may be read without taking any of
/// the bytes after the frame.
class OpeningFrame
{
public:
    OpeningFrame();

    bool isEmpty() const { return m_buffer.isEmpty(); }
    /// The number of bytes that may be read now.
    qsizetype missing() const { return m_wanted - m_buffer.size(); }
    /// \a bytes are at most missing(). Null until the frame is whole. An error is a sentence for the log.
    Result<std::optional<WorkOpening>> add(QByteArrayView bytes);

private:
    QByteArray m_buffer; ///< header, then payload
    qsizetype m_wanted; ///< bytes until the next decision
};

} // namespace frpx::server
