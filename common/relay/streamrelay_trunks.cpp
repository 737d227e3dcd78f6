// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// How a StreamRelay comes to a trunk: the server's proposal and the client's answer (docs/adr/0029).

#include "common/core/throttledlog.h"
#include "common/net/nearness.h"
#include "common/relay/streamrelay.h"
#include "common/relay/trunkshare.h"

using namespace Qt::StringLiterals;

namespace frpx {

constexpr LogKind outOfTurn{lcRelay};

/// What the peer on side \a from says about trunks.
void StreamRelay::onTrunkNews(Side from, const ChunkCodec::TrunkNews &news)
{
    Stream &stream = end(from);
    bool allowed = m_trunks.share && m_handler;
    if (allowed && news.kind == ChunkCodec::TrunkNews::Kind::Proposal) {
        allowed = !m_trunks.proposes && answerProposal(stream, news);
    } else if (allowed && news.kind == ChunkCodec::TrunkNews::Kind::Acceptance) {
        Trunk *trunk = m_trunks.share->find(m_trunks.loop, news.loop);
        allowed = m_trunks.proposes && trunk && stream.onAccepted(*trunk);
        m_released = true;
    } else if (allowed) {
        allowed = m_trunks.proposes && stream.onRefused();
        m_released = true;
    }
    if (allowed)
        return;
    logThrottled(outOfTurn, u"A connection is cut: what its peer says about trunks is out of turn"_s);
    breakOff(true);
}

bool StreamRelay::answerProposal(Stream &stream, const ChunkCodec::TrunkNews &proposal)
{
    if (stream.chunks()->wayOut() != ChunkCodec::Way::Chunks)
        return true; // which the server will see
    if (Trunk *trunk = m_trunks.share->find(m_trunks.loop, proposal.loop))
        return stream.acceptTrunk(*m_handler, *trunk, static_cast<quint32>(m_trunks.loop), proposal.stream);
    m_trunks.share->want(m_trunks.loop, proposal.loop); // until the next proposal
    stream.refuseTrunk();
    return true;
}

/// A conversation in small messages goes to a trunk, if the peer has one. Only near it: a packet lost on
/// the way would keep all of the trunk's users waiting.
void StreamRelay::proposeTrunk()
{
    Stream &stream = end(Side::Service);
    if (!stream.isConversation(m_proposeAfter))
        return;
    // The answer is to be read at once, whatever the user does: nothing may be in front of it.
    if (stream.isReadable() || end(Side::User).hasUnsent() || m_trunks.share->isOver())
        return;
    for (const Flow &flow : m_flows) {
        if (flow.ended || flow.ending || flow.sourceEnded || flow.turn.isQueued())
            return;
    }
    if (!net::isNear(stream.fd())) {
        stream.chunks()->setTrunks(false);
        m_trunks = {};
        return;
    }
    m_proposeAfter = 2 * stream.chunks()->exchanged();
    stream.proposeTrunk(
        *m_handler, static_cast<quint32>(m_trunks.loop), m_trunks.share->nextStream(m_trunks.loop));
}

} // namespace frpx
