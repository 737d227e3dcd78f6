// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/connectrace.h"
#include "common/net/hostlookup.h"
#include "common/protocol/proxyhandshake.h"
#include "frpc/firstbytes.h"
#include "frpc/foreignserver.h"
#include "frpc/tlssettings.h"

#include <QObject>
#include <QTcpSocket>

#include <memory>

namespace frpx::client {

/// Where a server is.
struct ServerTarget
{
    QString host; ///< a name, which is looked up at each attempt, or an address
    quint16 port = 0;
    std::optional<net::OutboundProxy> proxy = {}; ///< on the way there; else the server is reached directly
};

/// One attempt to reach a server's control port: the lookup of its name, TCP to the first of its addresses
/// that answers, or a proxy on the way; then, if the settings say so, TLS; and then whether the certificate
/// is to be trusted. So nothing secret goes to a server that is not. Nor does it to one that speaks before it
/// is asked, as a plain link waits for a moment to see. The owner keeps the time.
class ServerConnector : public QObject
{
    Q_OBJECT

public:
    /// \a accepted: a certificate that somebody has accepted and that could not be remembered.
    ServerConnector(ServerTarget target, TlsSettings settings, std::optional<Fingerprint> accepted = {},
        QObject *parent = nullptr);
    ~ServerConnector() override;

    /// Once. One of the signals follows, and is the last; not from within the call.
    void start();

    /// Connected by a plain link, and about to be ready or to fail: at most in timeToSpeakMs.
    bool isListening() const { return m_isListening && !m_isOver; }
    static constexpr int timeToSpeakMs = 200; ///< an SSH server, for example, starts a process first

    /// After ready(): the socket, which is then the caller's.
    QTcpSocket *takeSocket();
    /// After ready(): what work connections to this server accept; null if the link is plain.
    std::shared_ptr<const TlsTarget> workTarget() const { return m_workTarget; }
    /// After ready(): what was connected to, the server or the proxy on the way to it.
    const net::Endpoint &reached() const { return m_reached; }
    /// After refused().
    const ServerCertificate &shown() const { return m_shown; }

Q_SIGNALS:
    void ready();
    /// Errc::ConnectFailed or Errc::ResolveFailed; Errc::Forbidden for a proxy that does not want to connect
    /// us. Of a server that was reached: Errc::TlsFailed if it does not speak TLS with us,
    /// Errc::UnexpectedMessage if it is no frps at all, and others for what may pass.
    void failed(const frpx::Error &error);
    /// As judge() says; also Errc::Storage if it cannot be found out what has been accepted before.
    void refused(const frpx::client::ServerCertificate &shown, const frpx::Error &error);

private:
    void connectTo(const QList<QHostAddress> &addresses);
    void onReached();
    void onProxyReadable();
    void onConnected();
    void onEncrypted();
    void onError();
    void onSpokenFirst();
    void fail(const Error &error);
    std::unique_ptr<QTcpSocket> makeSocket();
    void refuse(const Error &error);
    Result<void> lookUp();
    void end();

    const ServerTarget m_target;
    const TlsSettings m_settings;
    const std::optional<Fingerprint> m_accepted;
    const bool m_usesTls;
    const ServerPorts m_ports{m_target.host, m_target.port};
    net::HostLookup m_lookup;
    net::ConnectRace m_race;
    net::DialTarget m_dialled; ///< the server, or the proxy on the way to it
    net::Endpoint m_reached;
    std::optional<ProxyHandshake> m_handshake; ///< while it speaks with the proxy
    std::unique_ptr<QTcpSocket> m_socket; ///< connected; a QSslSocket with m_usesTls
    FirstBytes m_first; ///< with m_usesTls
    bool m_isListening = false;
    bool m_isOver = false;
    ServerCertificate m_shown;
    /// Shared with the work connections, which may outlive the session.
    std::shared_ptr<const TlsTarget> m_workTarget;
};

} // namespace frpx::client
