// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/profile.h"
#include "frpc-gui/model/sessionstatus.h"
#include "frpc-gui/session/servicewatch.h"
#include "frpc/app/clientapp.h"

#include <QTimer>

#include <map>
#include <memory>

namespace frpx::gui {

/// The part of a profile on the control thread: drives a ClientApp and reports its state as values.
/// Everything that waits for a network, a name or the token file happens here, so that the GUI thread never
/// blocks. May be created on any thread, then moves to the control thread, where all functions are called and
/// it is destroyed.
class SessionWorker : public QObject
{
    Q_OBJECT

public:
    SessionWorker();
    ~SessionWorker() override;

    /// Sets the configuration for start(); a running session changes to it at once. Blocks on the disk if the
    /// profile names certificate files.
    void configure(const Profile &profile, const QString &tokenFile);
    void start();
    /// Leaves the server; open connections may end within the drain time-out. A second call leaves at once.
    void leave();
    void leaveAtOnce();
    /// The person has confirmed that the server is right with this certificate.
    void trustServer(const Fingerprint &certificate);
    void logIn(const QString &email, const QString &password);
    /// Leaves at once and deletes the login.
    void logOut();
    void onNetworkChanged();
    /// Sets how often the local services are tested.
    void setWatchInterval(int ms) { m_services.setInterval(ms); }

Q_SIGNALS:
    void statusChanged(const frpx::gui::SessionStatus &status);
    void sampled(const frpx::gui::TrafficSample &sample);
    void usageReported(double cpuPercent, double memoryPercent, double diskPercent);
    /// leave() or leaveAtOnce() is complete, also if there was nothing to leave.
    void left();

private:
    struct Tunnel
    {
        int id = 0; ///< the id of the tunnel in the session
        TunnelStatus status;
        ServiceWatch::Target service;
        std::shared_ptr<RelayMeter> meter; ///< shared with the relays; null for the default tunnel
    };

    void makeApp();
    void dropApp();
    void watchSession(client::ServerSession *session);
    void onStateChanged(client::ServerSession::State state);
    Tunnel *tunnel(int id);
    void setTargets();
    void publishSoon();
    void publish();
    void sample();

    client::ClientConfig m_config;
    std::optional<Error> m_configFault; ///< of the latest profile
    std::unique_ptr<client::ClientApp> m_app; ///< null while off
    SessionStatus m_status; ///< without the tunnels
    Tunnel m_default;
    std::map<QString, Tunnel> m_tunnels; ///< by name
    ServiceWatch m_services;
    QTimer m_publisher; ///< joins many changes into one report
    QTimer m_sampler;
};

} // namespace frpx::gui
