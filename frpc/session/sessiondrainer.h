// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/frpx/controlchannel.h"
#include "common/relay/drainwatch.h"
#include "frpc/work/workconnectionmanager.h"
#include "frpc/work/workdialer.h"

#include <QObject>
#include <QTimer>

namespace frpx::client {

/// Leaves a server in order (docs/adr/0010): tells it to send no more connections, waits until it has
/// confirmed that, and until the open connections have ended.
class SessionDrainer : public QObject
{
    Q_OBJECT

public:
    /// \a confirmationMs: for the server to take this client out of its pool.
    SessionDrainer(RelayPool &relays, WorkDialer &dialer, WorkConnectionManager &pool, int confirmationMs,
        QObject *parent = nullptr);

    /// Waits for \a timeoutMs at most. Without \a channel the server sends no connections any more. \a
    /// knowsDrain: it supports the message Drain.
    void start(ControlChannel *channel, bool knowsDrain, int timeoutMs);
    /// Waits no longer; what is open is cut when the session is destroyed.
    void stop();
    /// The server has taken this client out of its pool.
    void onConfirmed();
    /// The link has ended, which confirms it, too.
    void onLinkLost();

Q_SIGNALS:
    /// Nothing is left, or the time is over. Not emitted during start().
    void finished();

private:
    void onUnconfirmed();

    RelayPool &m_relays;
    WorkDialer &m_dialer;
    WorkConnectionManager &m_pool;
    bool m_knowsDrain = false;
    bool m_isConfirmed = false; ///< the server can send no more connections
    QTimer m_confirmation; ///< the deadline for it
    DrainWatch m_watch;
};

} // namespace frpx::client
