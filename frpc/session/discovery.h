// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/frpx/controlchannel.h"
#include "frpc/session/listquery.h"
#include "frpc/session/serverconnector.h"

#include <QObject>
#include <QTimer>

namespace frpx::client {

/// Asks a server once which tunnels are open, or which ports are free. Logs in but does not register, so that
/// it works beside a session of the same client. Lives on one thread and never blocks it.
class Discovery : public QObject
{
    Q_OBJECT

public:
    struct Target
    {
        QString host = QStringLiteral("127.0.0.1");
        quint16 controlPort = 17000;
        std::optional<net::OutboundProxy>
            proxy; ///< the outbound proxy to the server; empty: a direct connection
        TlsSettings tls;
        QString token; ///< tried first, if not empty
        QString email;
        QString password;
    };

    explicit Discovery(Target target, QObject *parent = nullptr);
    ~Discovery() override;

    // Call one of them, once for each object. One of the signals follows, never during the call.

    /// Asks for the tunnels whose names begin with \a prefix.
    void findServices(const QString &prefix = {});
    void findFreePorts();

Q_SIGNALS:
    void servicesFound(const std::vector<frpx::proto::Service> &services);
    void freePortsFound(const std::vector<frpx::proto::PortRange> &ports);
    void failed(const frpx::Error &error);
    /// The server is not trusted, and nothing has been sent to it; see ServerConnector::refused().
    void serverRefused(const frpx::client::ServerCertificate &shown, const frpx::Error &error);

private:
    void connectToServer();
    void onConnected();
    ServerTarget server() const
    {
        return {m_target.host, m_target.controlPort, ServerTarget().proxyPort, m_target.proxy};
    }
    void onClosed(const Error &error);
    void logIn();
    void onMessage(const proto::Message &message);
    void onLoginResult(const proto::LoginResult &result);
    template <typename Page>
    void onPage(const Page &page);
    void ask();
    void fail(const Error &error);
    void finish();

    Target m_target;
    ListQuery m_query = ListQuery::services({});
    bool m_wantsPorts = false;
    bool m_over = false;
    bool m_isAnswered = false; ///< the server has sent a message
    std::unique_ptr<ServerConnector> m_connector; ///< until connected
    ControlChannel *m_channel = nullptr; ///< a child
    QTimer m_deadline;
};

} // namespace frpx::client
