// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/workconn/openingframe.h"

#include "common/core/ids.h"
#include "common/protocol/frpx/framedecoder.h"
#include "common/protocol/frpx/messages.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// The shortest frame that can open a work connection: the ids are UUIDs. Reading this many bytes at once
/// takes none after the frame.
qsizetype shortestOpening()
{
    static const qsizetype size = std::min(proto::encodeFrame(proto::NewWorkConn{randomUuid()}).size(),
        proto::encodeFrame(proto::NewProxyConn{randomUuid()}).size());
    return size;
}

} // namespace

OpeningFrame::OpeningFrame()
    : m_wanted(shortestOpening())
{ }

Result<std::optional<WorkOpening>> OpeningFrame::add(QByteArrayView bytes)
{
    m_buffer.append(bytes);
    if (m_buffer.size() < proto::frameHeaderSize)
        return std::optional<WorkOpening>();
    const Result<quint32> length = proto::frameLength(m_buffer.constData(), proto::maxFrameBeforeLogin);
    if (!length)
        return length.error();
    m_wanted = proto::frameHeaderSize + qsizetype(*length);
    if (m_buffer.size() > m_wanted) // the frame is shorter than one with a valid id
        return Error{Errc::BadField, u"its id is unknown, and data follows it"_s};
    if (m_buffer.size() < m_wanted)
        return std::optional<WorkOpening>();
    const Result<proto::Message> message =
        proto::decode(QByteArrayView(m_buffer).sliced(proto::frameHeaderSize));
    if (!message)
        return message.error();
    if (const auto *requested = std::get_if<proto::NewProxyConn>(&*message))
        return std::optional(WorkOpening{true, requested->proxyConnId});
    if (const auto *inAdvance = std::get_if<proto::NewWorkConn>(&*message))
        return std::optional(WorkOpening{false, inAdvance->session});
    return Error{Errc::UnexpectedMessage, u"%1 is not expected here."_s.arg(proto::messageName(*message))};
}

} // namespace frpx::server
