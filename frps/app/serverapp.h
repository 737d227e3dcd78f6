// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/loaddropdetector.h"
#include "common/relay/drainwatch.h"
#include "common/relay/relaypool.h"
#include "frps/accounts/authenticator.h"
#include "frps/api/apiserver.h"
#include "frps/app/serverapiadapter.h"
#include "frps/app/serverconfig.h"
#include "frps/clients/controlserver.h"
#include "frps/dispatch/dispatcher.h"
#include "frps/ports/portassigner.h"
#include "frps/ports/portkeeper.h"
#include "frps/ports/portroutes.h"
#include "frps/tls/publictls.h"
#include "frps/tunnels/admission.h"
#include "frps/tunnels/tunnelservice.h"
#include "frps/workconn/worklistener.h"

#include <QObject>
#include <QTimer>

namespace frpx::server {

/// Set by a program that contains the server. Must outlive the server.
struct Embedding
{
    LoginService *logins = nullptr; ///< null: the accounts of the data directory
    TunnelObserver *observer = nullptr; ///< null: none
    /// Only tunnels: without API, public port and port leases.
    bool onlyTunnels = false;
};

/// The whole server: creates the parts, connects them, listens, and stops them in the right order.
///
/// Lives on the control thread. Other threads carry the relays' bytes, hash passwords and run the database.
class ServerApp : public QObject
{
    Q_OBJECT

public:
    explicit ServerApp(
        const ServerConfig &config, const Embedding &embedding = {}, QObject *parent = nullptr);
    ~ServerApp() override;

    /// Opens the accounts, the port leases and then the ports; ready() or failed() follows.
    void start();

    /// Accepts no more visitors. Emits drained() when all connections have ended or the drain time-out is
    /// over. The API and the clients' links work meanwhile. A second call does nothing.
    void drain();

    /// Applies another configuration as far as a running server can; the log names the options that need a
    /// restart. \return a sentence on what has changed.
    QString apply(const ServerConfig &next);

    /// Adds the ports \a from to \a to for tunnels, now or once the ports are open. False if the interval is
    /// invalid.
    bool addPorts(quint16 from, quint16 to);
    /// How long drain() waits.
    void setDrainTimeout(int seconds) { m_config.drainTimeoutS = seconds; }
    TunnelService &tunnels() { return m_tunnels; }
    const TunnelService &tunnels() const { return m_tunnels; }

    /// Of the certificate that clients see; valid once the ports are open.
    const Fingerprint &fingerprint() const { return m_certificate; }

    /// The ports in use; all 0 before ready().
    PortsView ports() const { return m_status.ports(); }

Q_SIGNALS:
    void ready();
    void failed(const frpx::Error &error);
    /// The server can be destroyed; the destructor cuts connections that are left.
    void drained();

private:
    void openPorts();
    Result<void> checkApiTokens() const;
    Result<void> openTls(const TlsOptions &options);
    Result<void> openOwnPorts();
    Result<void> openPublicTls();
    void startTunnels(const PortsView &own);
    void sweep();
    void onDrained(bool inTime);
    void reportCut() const;

    ServerConfig m_config;
    Fingerprint m_certificate; ///< the one that clients see
    const Embedding m_embedding;
    // Each part may use those before it; they are destroyed in reverse order.
    RelayPool m_relays;
    PublicTls m_publicTls;
    ClientRegistry m_registry;
    Authenticator m_authenticator;
    PortKeeper m_keeper;
    PortRoutes m_portRoutes;
    ControlServer m_control;
    Dispatcher m_dispatcher;
    TunnelRegistry m_tunnelRegistry;
    Admission m_admission;
    std::unique_ptr<PortAssigner> m_assigner; ///< created once the ports are open
    TunnelService m_tunnels;
    WorkListener m_work;
    ServerApiAdapter m_status;
    ApiServer m_api;
    QTimer m_sweeper;
    LoadDropDetector m_loadDrop; ///< of all connections but those of the API
    LoadDropDetector m_apiLoadDrop; ///< of the API's connections, which are few and costly
    QTimer m_certificateWatch; ///< of the public ports
    DrainWatch m_drainWatch;
    QTimer m_inspector; ///< of the relays' health
};

} // namespace frpx::server
