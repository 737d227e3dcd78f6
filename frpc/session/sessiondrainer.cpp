// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/sessiondrainer.h"

#include "common/core/logging.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

SessionDrainer::SessionDrainer(
    RelayPool &relays, WorkDialer &dialer, WorkConnectionManager &pool, int confirmationMs, QObject *parent)
    : QObject(parent)
    , m_relays(relays)
    , m_dialer(dialer)
    , m_pool(pool)
    , m_watch(m_relays, [this] { return m_dialer.dialling() + (m_isConfirmed ? 0 : 1); })
{
    m_confirmation.setSingleShot(true);
    m_confirmation.setInterval(confirmationMs);
    connect(&m_confirmation, &QTimer::timeout, this, &SessionDrainer::onUnconfirmed);
    connect(&m_watch, &DrainWatch::finished, this, [this](bool inTime) {
        if (inTime)
            qCInfo(lcClient) << "All connections have ended";
        Q_EMIT finished();
    });
}

void SessionDrainer::start(ControlChannel *channel, bool knowsDrain, int timeoutMs)
{
    qCInfo(lcClient).noquote() << u"Leaving the server; %1 open connections have %2 s to end"_s.arg(
        QString::number(m_relays.openRelays()), QString::number(double(timeoutMs) / 1000));
    m_knowsDrain = knowsDrain;
    m_isConfirmed = !channel;
    m_watch.start(timeoutMs);
    if (!channel)
        return;
    m_confirmation.start();
    m_pool.drain();
    if (knowsDrain) {
        // The server's answer, and the end of all waiting connections, show that no more visitors come.
        channel->send(proto::Drain{});
    } else {
        // An original server removes this client from its pool when this side of the link ends, and then ends
        // its own side. Until then its messages are still handled (docs/adr/0010).
        m_dialer.setServerTakesFailures(false);
        channel->finishSending();
    }
}

void SessionDrainer::stop()
{
    if (const qint64 left = m_relays.openRelays() + m_dialer.dialling(); left > 0)
        qCWarning(lcClient) << left << "open connections are cut";
    m_confirmation.stop();
    m_watch.stop();
}

/// A visitor announced on a waiting connection may still arrive, until the server has closed all of them or
/// the deadline passes.
void SessionDrainer::onConfirmed()
{
    m_isConfirmed = true;
    m_watch.look();
}

void SessionDrainer::onLinkLost()
{
    if (m_knowsDrain)
        m_dialer.close(); // the server dispatches these connections to other clients; an original server
                          // still waits
    onConfirmed();
}

/// The server has not confirmed the drain, or has not closed all waiting connections. It offers visitors that
/// it announces from now on to another client.
void SessionDrainer::onUnconfirmed()
{
    if (!m_isConfirmed)
        qCWarning(lcClient) << "The server does not confirm that it sends no more connections";
    m_pool.close();
    onConfirmed();
}

} // namespace frpx::client
