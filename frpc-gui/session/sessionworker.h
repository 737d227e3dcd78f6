// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/profile.h"
#include "frpc-gui/session/servicewatch.h"
#include "frpc-gui/session/sessionstatus.h"
#include "frpc/clientapp.h"

#include <QTimer>

#include <map>
#include <memory>

namespace frpx::gui {

/// The control-thread half of a profile: drives a ClientApp and tells, in values, how it fares. Everything
/// that waits for a network, a name or the token file happens here, so that the GUI thread does not. Made on
/// any thread, then moved to the control thread, where all functions are called and it is destroyed.
class SessionWorker : public QObject
{
    Q_OBJECT

public:
    SessionWorker();
    ~SessionWorker() override;

    /// What to do from the next start() on; a running session goes over to it at once. Waits for the disk, if
    /// the profile names files with certificates.
    void configure(const Profile &profile, const QString &tokenFile);
    void start();
    /// Leaves the server; what is under way may end within the drain time-out. Once more: at once.
    void leave();
    void leaveAtOnce();
    /// A person has said that the server is right with the certificate it has shown.
    void trustServer(const Fingerprint &certificate);
    void logIn(const QString &email, const QString &password);
    /// Leaves at once and forgets the login.
    void logOut();
    void onNetworkChanged();
    /// How often local services are looked at.
    void setWatchInterval(int ms) { m_services.setInterval(ms); }

Q_SIGNALS:
    void statusChanged(const frpx::gui::SessionStatus &status);
    void sampled(const frpx::gui::TrafficSample &sample);
    void usageReported(double cpuPercent, double memoryPercent, double diskPercent);
    /// The end of leave() and leaveAtOnce(), also if there was nothing to leave.
    void left();

private:
    struct Tunnel
    {
        int id = 0; ///< at the session
        TunnelStatus status;
        ServiceWatch::Target service;
        std::shared_ptr<RelayMeter> meter; ///< shared with the relays; null for the default tunnel
    };

    void makeApp();
    void dropApp();
    void watchSession(client::ClientSession *session);
    void onStateChanged(client::ClientSession::State state);
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
    QTimer m_publisher; ///< many changes at once are told once
    QTimer m_sampler;
};

} // namespace frpx::gui
