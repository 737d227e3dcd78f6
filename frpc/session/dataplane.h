// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/loaddropdetector.h"
#include "common/relay/relaypool.h"
#include "frpc/health/localhealth.h"
#include "frpc/session/sessionsettings.h"
#include "frpc/tunnels/localservices.h"
#include "frpc/work/workdialer.h"

#include <QObject>
#include <QTimer>

namespace frpx::client {

/// What carries the visitors of a session: the relay loops, the work connections in advance and on request,
/// the local services and their health. Relays go on while the control link is lost.
class DataPlane : public QObject
{
    Q_OBJECT

public:
    explicit DataPlane(const SessionSettings &settings, QObject *parent = nullptr);
    /// Cuts the relays.
    ~DataPlane() override;

    RelayPool &relays() { return m_relays; }
    WorkDialer &dialer() { return m_dialer; }
    WorkConnectionManager &pool() { return m_pool; }
    LocalServices &services() { return m_services; }
    const LocalHealth &health() const { return m_health; }
    const RelayMeter &meter() const { return *m_dialer.meter(); }

    /// The session is registered, over a link to \a peer (the server or the proxy), with these common \a
    /// features. \a tls: the certificate that work connections accept; null while the link is plain. \a
    /// secret: for work connections in advance; empty: there are none.
    Result<void> open(const net::Endpoint &peer, const std::shared_ptr<const TlsTarget> &tls,
        const QStringList &features, const QString &secret);
    /// Checks the local service. \a publicPort: of the default tunnel; 0: unknown.
    void startChecks(quint16 publicPort);
    /// The server asks for a connection.
    void serve(const proto::RequestNewProxyConn &request);
    /// The link is lost: stops the checks. Work connections that are being dialled or carry a visitor go on.
    void goOffline();
    /// Closes all work connections without a visitor.
    void closeIdle();

Q_SIGNALS:
    /// See LocalHealth.
    void healthChanged(bool healthy, const QString &detail);
    void warningChanged(const QString &warning);

private:
    Result<WorkRoute> routeTo(const net::Endpoint &peer, const std::shared_ptr<const TlsTarget> &tls);
    void onInspection();

    const SessionSettings m_settings;
    LocalServices m_services; ///< of the tunnels
    RelayPool m_relays;
    WorkDialer m_dialer;
    WorkConnectionManager m_pool;
    LocalHealth m_health; ///< checks while the session is online
    SilentService m_silentService; ///< shared with the relays; null without checks
    std::shared_ptr<TlsClientContext> m_tls; ///< shared with work connections; kept for its session tickets
    QTimer m_inspector; ///< of the relays
    LoadDropDetector m_loadDrop; ///< detects a drop of the relays' traffic
};

} // namespace frpx::client
