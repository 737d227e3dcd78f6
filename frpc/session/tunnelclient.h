// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/frpx/controlchannel.h"
#include "frpc/session/wantedtunnels.h"
#include "frpc/tunnels/localservices.h"
#include "frpc/tunnels/tunnelhealth.h"

#include <QObject>
#include <QTimer>

namespace frpx::client {

/// Opens the tunnels of a client at its server, asks again after refusals and losses, and closes them.
/// Reports the health of their services where they have a check of their own. Tunnels may come and go in any
/// state of the session. Lives on the control thread.
class TunnelClient : public QObject
{
    Q_OBJECT

public:
    /// \a services gets the local service of each tunnel.
    explicit TunnelClient(LocalServices &services, QObject *parent = nullptr);

    /// Adds \a spec: it is opened when the session is online, and after every loss on the same port. \return
    /// an id for the signals and for close().
    int open(const TunnelSpec &spec, const ServingOptions &options);
    /// No signal follows. No-op for an unknown \a id.
    void close(int id);
    /// Requests at once the tunnels that the server has refused. \return how many.
    int askAgain();
    std::vector<WantedTunnels::Refusal> refusals() const { return m_tunnels.refusals(); }
    bool hasUnanswered() const { return m_tunnels.hasUnanswered(); }

    /// The session is online with these common \a features; \a channel stays until goOffline().
    void goOnline(ControlChannel &channel, const QStringList &features);
    /// Requests no more tunnels; those that are open stay.
    void pause();
    /// The link is lost.
    void goOffline();
    /// Takes a message of the server. \return false if it is not for this class.
    bool take(const proto::Message &message);

Q_SIGNALS:
    // See the signals of ServerSession.
    void opened(int id, quint16 port);
    void refused(int id, const frpx::Error &error, frpx::proto::TunnelCode code);
    void delayed(int id, const frpx::Error &error, frpx::proto::TunnelCode code, qint64 delayMs);
    void closed(int id, const QString &reason);

private:
    void requestDue();
    void schedule();
    void tell(const WantedTunnels::Event &event);
    void forget(const QString &tunnel);
    void reportHealth(const QString &tunnel, bool healthy, const QString &detail);

    LocalServices &m_services;
    TunnelHealth m_health;
    WantedTunnels m_tunnels;
    ControlChannel *m_channel = nullptr; ///< null while offline
    QStringList m_features;
    bool m_requests = false; ///< online and not paused
    QTimer m_timer; ///< until the next request is due
};

} // namespace frpx::client
