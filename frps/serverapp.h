// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/loaddropdetector.h"
#include "common/relay/drainwatch.h"
#include "common/relay/relaypool.h"
#include "frps/api/apiserver.h"
#include "frps/auth/authenticator.h"
#include "frps/control/controlserver.h"
#include "frps/ports/portassigner.h"
#include "frps/ports/portkeeper.h"
#include "frps/ports/portroutes.h"
#include "frps/public/dispatcher.h"
#include "frps/serverapiadapter.h"
#include "frps/serverconfig.h"
#include "frps/tls/publictls.h"
#include "frps/tunnel/tunnelservice.h"
#include "frps/work/worklistener.h"

#include <QObject>
#include <QTimer>

namespace frpx::server {

/// What a program that has the server inside brings along. It outlives the server.
struct Embedding
{
    LoginService *logins = nullptr; ///< null: the accounts of the data directory
    TunnelObserver *watcher = nullptr; ///< null: nobody
    /// Without API, public port and port leases: there are tunnels, and nothing else.
    bool onlyTunnels = false;
};

/// The whole server: builds the parts, connects them, listens, and stops them in the right order.
///
/// Lives on the control thread, where everything but the relays' bytes, hashing and the database happens.
class ServerApp : public QObject
{
    Q_OBJECT

public:
    explicit ServerApp(
        const ServerConfig &config, const Embedding &embedding = {}, QObject *parent = nullptr);
    ~ServerApp() override;

    /// Opens the accounts, the port leases and, when they are there, the ports; then ready() or failed().
    void start();

    /// Takes no more users, lets those served go on until they are done or the drain time-out is over; then
    /// drained(). The API and the clients' links work meanwhile. A second call does nothing.
    void drain();

    /// Goes over to another configuration as far as a running server can; the log names what needs a restart.
    /// \return a sentence on what has changed.
    QString apply(const ServerConfig &next);

    /// More ports for tunnels, \a from to \a to, now or later. False if the interval makes no sense.
    bool addPorts(quint16 from, quint16 to);
    /// How long drain() waits.
    void setDrainTimeout(int seconds) { m_config.drainTimeoutS = seconds; }
    TunnelService &tunnels() { return m_tunnels; }
    const TunnelService &tunnels() const { return m_tunnels; }

    /// Of the certificate that clients see, once the ports are open.
    const Fingerprint &fingerprint() const { return m_certificate; }

    /// The ports in use; all 0 before ready().
    PortsView ports() const { return m_status.ports(); }

Q_SIGNALS:
    void ready();
    void failed(const frpx::Error &error);
    /// Time to go: nothing is left, or what is left is to be cut by the destructor.
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
    Fingerprint m_certificate; ///< what clients see
    const Embedding m_embedding;
    // In the order of who needs whom; destroyed the other way round.
    RelayPool m_relays;
    PublicTls m_publicTls;
    ClientRegistry m_registry;
    Authenticator m_authenticator;
    PortKeeper m_keeper;
    PortRoutes m_portRoutes;
    ControlServer m_control;
    Dispatcher m_dispatcher;
    std::unique_ptr<PortAssigner> m_assigner; ///< there once the ports are open
    TunnelService m_tunnels;
    WorkListener m_work;
    ServerApiAdapter m_status;
    ApiServer m_api;
    QTimer m_sweeper;
    LoadDropDetector m_loadDrop; ///< of all connections but the API's
    LoadDropDetector m_apiLoadDrop; ///< of those, which are few, and each more costly
    QTimer m_certificateWatch; ///< of the public ports
    DrainWatch m_drainWatch;
    QTimer m_inspector; ///< of the relays
};

} // namespace frpx::server
