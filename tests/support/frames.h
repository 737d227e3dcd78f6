// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QString>

#include <optional>

namespace frpx::test {

// The original's wire format written down a second time, on purpose without the product's codec: what the
// scripted peers send and expect is fixed byte for byte here.

/// \a payload behind its 4-byte big-endian length.
QByteArray frame(const QByteArray &payload);

/// `{"variant":{…}}` or the bare string `"variant"`, taken apart.
struct WireMessage
{
    QString variant; ///< empty when the payload is neither of the two forms
    QJsonObject fields;
};

WireMessage parseMessage(const QByteArray &payload);

/// \a text as a JSON string with its quotes.
QByteArray jsonString(const QString &text);

/// The variants of the original, by direction.
bool isKnownToOriginalServer(const QString &variant);
bool isKnownToOriginalClient(const QString &variant);

/// Puts frames together again from the pieces TCP delivers.
class FrameBuffer
{
public:
    void append(const QByteArray &bytes) { m_bytes += bytes; }

    /// The payload of the next whole frame. The original has no bound on the length, and neither has this.
    std::optional<QByteArray> takeFrame();

    /// Bytes that have arrived and belong to no whole frame yet.
    const QByteArray &rest() const { return m_bytes; }

private:
    QByteArray m_bytes;
};

} // namespace frpx::test
