// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/app/serverapp.h"
#include "frps/embed/embeddedlogins.h"
#include "frps/embed/hookrunner.h"

#include <QPromise>

#include <deque>

namespace frpx::server {

/// The implementation of a Frpx::Server: its settings, and the ServerApp while it runs.
class ServerPrivate
{
public:
    using State = Frpx::Server::State;

    explicit ServerPrivate(Frpx::Server &server);
    ~ServerPrivate();
    Q_DISABLE_COPY_MOVE(ServerPrivate)

    QFuture<bool> start(quint16 controlPort, quint16 proxyPort);
    /// \a failure: why the start has failed.
    void stop(const Frpx::Error &failure = {});
    void drain(std::chrono::milliseconds atMost);
    Frpx::PortList freePorts() const;

    ServerConfig config;
    bool usesDataDirectory = false;
    EmbeddedLogins logins;
    HookRunner runner;
    std::unique_ptr<ServerApp> app; ///< unless Stopped
    State state = State::Stopped;
    Frpx::Error error;

private:
    void setState(State next);
    void makeIdentity();
    void onReady();
    void settle();
    void close(TunnelId tunnel, const QString &reason);
    void tellLater(std::function<void()> signal);
    void tell();

    Frpx::Server &m_server;
    std::optional<QPromise<bool>> m_starting;
    bool m_stopping = false;
    int m_run = 0; ///< counts the calls of start()
    std::deque<std::function<void()>> m_signals; ///< emitted when no other code of the server runs
};

} // namespace frpx::server
