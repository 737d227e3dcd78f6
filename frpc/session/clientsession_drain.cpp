// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// The part of ClientSession that leaves the server in order: docs/adr/0010.

#include "common/core/logging.h"
#include "frpc/session/clientsession.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

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
    m_deadline.start(m_settings.timing.settleTimeoutMs);
    m_pool.drain();
    if (hasFeature(proto::feature::drain)) {
        // The server's answer, and the end of all waiting connections, show that no more visitors come.
        m_channel->send(proto::Drain{});
    } else {
        // An original server removes this client from its pool when this side of the link ends, and then ends
        // its own side. Until then its messages are still handled (docs/adr/0010).
        m_heartbeat.stop();
        m_dialer.setServerTakesFailures(false);
        m_channel->finishSending();
    }
}

/// Tells the server before the link closes that the session ends, so that its ports become free for other
/// clients of its account.
void ClientSession::sayGoodbye()
{
    if (m_state != State::Online || !hasFeature(proto::feature::drain))
        return;
    m_channel->disconnect(this); // do not wait for the answer
    m_channel->send(proto::Drain{});
    m_channel->finishSending();
}

/// While Draining: the server has removed this client. A visitor announced on a waiting connection may still
/// arrive, until the server has closed all of them or the deadline passes.
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

/// The server has not confirmed the drain and has not closed all waiting connections. It offers visitors that
/// it announces from now on to another client.
void ClientSession::onNotLetGo()
{
    if (!m_settled)
        qCWarning(lcClient) << "The server does not confirm that it sends no more connections";
    m_pool.close();
    settle();
}

/// The link has ended and is not opened again.
void ClientSession::leaveLink()
{
    if (hasFeature(proto::feature::drain))
        m_dialer.abortAll(); // the server dispatches these connections to other clients; an original server
                             // still waits
    closeLink();
    settle();
}

} // namespace frpx::client
