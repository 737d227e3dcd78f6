// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/framedecoder.h"

#include "common/protocol/frpx/foreignprotocol.h"

#include <QtEndian>

using namespace Qt::StringLiterals;

namespace frpx::proto {

Result<quint32> frameLength(const char *header, quint32 maxPayload)
{
    const auto length = qFromBigEndian<quint32>(header);
    if (length == 0)
        return Error{Errc::FrameEmpty, u"A frame of length 0 is not a message."_s};
    if (length > maxPayload) {
        if (const QLatin1StringView foreign = foreignProtocol({header, frameHeaderSize}); !foreign.isEmpty())
            return Error{Errc::FrameTooLarge, u"The peer uses %1, not the protocol of frpx."_s.arg(foreign)};
        return Error{Errc::FrameTooLarge,
            u"A frame of %1 bytes exceeds the limit of %2 bytes."_s.arg(length).arg(maxPayload)};
    }
    return length;
}

QByteArray frame(QByteArrayView payload)
{
    Q_ASSERT(!payload.isEmpty() && payload.size() <= maxFrameAfterLogin);
    QByteArray bytes(frameHeaderSize, Qt::Uninitialized);
    qToBigEndian(static_cast<quint32>(payload.size()), bytes.data());
    bytes.append(payload);
    return bytes;
}

Result<std::optional<QByteArray>> FrameDecoder::next()
{
    if (buffered() < frameHeaderSize) {
        dropConsumed();
        return std::optional<QByteArray>();
    }
    const Result<quint32> length = frameLength(m_buffer.constData() + m_consumed, m_maxPayload);
    if (!length)
        return length.error();
    if (buffered() < frameHeaderSize + qsizetype(*length)) {
        dropConsumed();
        return std::optional<QByteArray>();
    }
    QByteArray payload = m_buffer.mid(m_consumed + frameHeaderSize, *length);
    m_consumed += frameHeaderSize + payload.size();
    if (m_consumed == m_buffer.size())
        dropConsumed();
    return std::optional<QByteArray>(std::move(payload));
}

void FrameDecoder::dropConsumed()
{
    if (m_consumed == 0)
        return;
    // An idle link frees its buffer: ten thousand of them must cost nothing.
    if (m_consumed == m_buffer.size())
        m_buffer = QByteArray();
    else
        m_buffer.remove(0, m_consumed);
    m_consumed = 0;
}

} // namespace frpx::proto
