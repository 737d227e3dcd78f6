// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// The part of ClientSession that leaves the server in order: docs/adr/0010.

#include "common/core/logging.h"
#include "frpc/clientsession.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

constexpr int settleTimeoutMs = 5000; // for the server to take us out of its pool

void ClientSession::drain(int timeoutMs)
{
    if (m_state == State::Draining)
        return;
    const bool online = m_state == State::Online;
    m_settled = !online || timeoutMs == 0;
    m_deadline.stop();
    if (m_settled) {
        sayGoodbye();
        dropLink();
    }
    endQueries({Errc::PeerClosed, u"The client is about to stop."_s});
    if (!setState(State::Draining))
        return;
    if (timeoutMs == 0)
        return onDrained(false);
    qCInfo(lcClient).noquote() << u"Leaving the server; %1 open connections have %2 s to end"_s.arg(
        QString::number(m_relays.openRelays()), QString::number(double(timeoutMs) / 1000));
    m_drainWatch.start(timeoutMs);
    if (!online)
        return;
    m_deadline.start(settleTimeoutMs);
    m_pool.drain();
    if (speaks(proto::feature::drain)) {
        // Its answer, and its closing of what waits, will tell that nobody else comes.
        m_channel->send(proto::Drain{});
    } else {
        // The server takes us out of its pool when our side of the link ends, and then ends its own. What it
        // says in between is still heard (docs/adr/0010).
        m_heartbeat.stop();
        m_dialer.setServerTakesFailures(false);
        m_channel->finishSending();
    }
}

/// Before the link is dropped: the session leaves, it is not lost, and its ports are free for others of its
/// account.
void ClientSession::sayGoodbye()
{
    if (m_state != State::Online || !speaks(proto::feature::drain))
        return;
    m_channel->disconnect(this); // the answer is not waited for
    m_channel->send(proto::Drain{});
    m_channel->finishSending();
}

/// While Draining: the server has nobody for us any more. Who has been announced on a waiting connection may
/// still be on his way, until the server has closed them all or the deadline is over.
void ClientSession::settle()
{
    m_settled = true;
    m_drainWatch.look();
}

void ClientSession::onDrained(bool inTime)
{
    if (inTime)
        qCInfo(lcClient) << "All connections have ended";
    stop();
    Q_EMIT drained();
}

/// The server has neither let us go nor closed all that waits. Whoever it announces there from now on, it
/// offers to another client.
void ClientSession::onNotLetGo()
{
    if (!m_settled)
        qCWarning(lcClient) << "The server does not say that it sends no more users";
    m_pool.close();
    settle();
}

/// The link is gone, and does not come back.
void ClientSession::leaveLink()
{
    if (speaks(proto::feature::drain))
        m_dialer.abortAll(); // their users go to others; an original server still waits for us
    closeLink();
    settle();
}

} // namespace frpx::client
