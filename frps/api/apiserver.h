// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/api/apigate.h"
#include "frps/api/apirouter.h"
#include "frps/api/httplimits.h"

#include <QObject>
#include <QSslConfiguration>

#include <memory>

class QHostAddress;

namespace frpx::server {

class ApiService;
class HttpListener;

/// The REST API on a port: HttpListener limits the connections, QHttpServer parses and writes, ApiRouter
/// answers at once, from memory, and services answer later. Lives on the control thread.
class ApiServer : public QObject
{
    Q_OBJECT

public:
    /// \a view and \a commands must outlive this object.
    ApiServer(const ServerView &view, ServerCommands &commands, const HttpLimits &limits = {},
        ApiClock clock = systemApiTime, QObject *parent = nullptr);
    /// Without the routes of ApiRouter: only services answer.
    explicit ApiServer(const HttpLimits &limits, ApiClock clock = systemApiTime, QObject *parent = nullptr);
    ~ApiServer() override;

    /// Asks \a service before ApiRouter, and after the services added earlier. It must outlive this object.
    void addService(ApiService &service);

    /// Uses TLS on later connections; plain HTTP is refused on these.
    void setTls(const QSslConfiguration &tls);

    /// Every request must pass \a gate first. Without a gate all pass.
    void setGate(ApiGate gate);

    /// Listens on \a port of \a address; 0 lets the system choose. Call it once.
    /// \return the port, or Errc::Io.
    Result<quint16> listen(const QHostAddress &address, quint16 port);

    /// The HTTP connections being served.
    qsizetype openConnections() const;

private:
    class Server;

    const HttpLimits m_limits;
    const ApiClock m_clock;
    std::optional<QSslConfiguration> m_tls; ///< until there is a listener
    std::unique_ptr<Server> m_server;
    HttpListener *m_listener = nullptr; ///< a child of m_server
};

} // namespace frpx::server
