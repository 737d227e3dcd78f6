// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/workconn/workoffer.h"

#include "common/core/logging.h"
#include "common/protocol/frpx/framedecoder.h"
#include "common/protocol/frpx/messages.h"
#include "common/protocol/frpx/visitoraddress.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

static const QByteArray &readyFrame()
{
    static const QByteArray frame = proto::encodeFrame(proto::ProxyConnReady{});
    return frame;
}

QByteArray encodeOffer(const WorkOffer &offer)
{
    std::optional<proto::VisitorAddress> visitor;
    if (offer.visitor)
        visitor = proto::visitorAddress(*offer.visitor);
    return proto::encodeFrame(proto::StartProxyConn{
        offer.id, visitor, offer.tunnel, offer.inChunks ? std::optional(true) : std::nullopt});
}

OfferAnswer::Kind OfferAnswer::add(QByteArrayView bytes)
{
    m_bytes.append(bytes);
    if (m_bytes.startsWith(readyFrame()))
        return acceptedAfter(readyFrame().size());
    if (m_bytes.size() < proto::frameHeaderSize)
        return Kind::MoreNeeded;
    const Result<quint32> length = proto::frameLength(m_bytes.constData(), proto::maxFrameBeforeLogin);
    if (!length) {
        m_text = u"its answer is not a message"_s;
        return Kind::Broken;
    }
    const qsizetype frameSize = proto::frameHeaderSize + qsizetype(*length);
    if (m_bytes.size() < frameSize)
        return Kind::MoreNeeded;
    const Result<proto::Message> message =
        proto::decode(QByteArrayView(m_bytes).first(frameSize).sliced(proto::frameHeaderSize));
    if (message) {
        if (const auto *failed = std::get_if<proto::ProxyConnFailed>(&*message)) {
            m_text = logSafe(failed->reason);
            return Kind::Refused;
        }
        if (std::holds_alternative<proto::ProxyConnReady>(*message))
            return acceptedAfter(frameSize); // the same message, encoded in another way
    }
    m_text = message ? u"the answer is not expected"_s : message.error().detail;
    return Kind::Broken;
}

OfferAnswer::Kind OfferAnswer::acceptedAfter(qsizetype size)
{
    m_bytes.remove(0, size);
    return Kind::Accepted;
}

} // namespace frpx::server
