// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/api/apirouter.h"
#include "frps/api/httplimits.h"

#include <QObject>

#include <memory>

class QHostAddress;

namespace frpx::server {

class HttpListener;

/// The REST API on a port: HttpListener guards the connections, QHttpServer reads and writes, ApiRouter
/// answers. Lives on the control thread. Every request is answered at once, from memory.
class HttpFrontend : public QObject
{
    Q_OBJECT

public:
    /// \a view and \a commands outlive the frontend.
    HttpFrontend(const ServerView &view, ServerCommands &commands, const HttpLimits &limits = {},
        ApiClock clock = systemApiTime, QObject *parent = nullptr);
    ~HttpFrontend() override;

    /// Listens on \a port of \a address; 0 lets the system choose. Call it once.
    /// \return the port, or Errc::Io.
    Result<quint16> listen(const QHostAddress &address, quint16 port);

    /// HTTP connections being served.
    qsizetype openConnections() const;

private:
    class Server;

    const HttpLimits m_limits;
    const ApiClock m_clock;
    std::unique_ptr<Server> m_server;
    HttpListener *m_listener = nullptr; ///< a child of m_server
};

} // namespace frpx::server
