// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/connectrace.h"
#include "common/net/hostlookup.h"
#include "common/net/proxyhandshake.h"
#include "frpc/session/firstbytes.h"
#include "frpc/session/foreignserver.h"
#include "frpc/trust/servertrust.h"

#include <QObject>
#include <QTcpSocket>

#include <memory>

namespace frpx::client {

/// One attempt to reach a server's control port: the lookup of its name, TCP to the first of its addresses
/// that answers or to a proxy; then TLS, if the settings say so; then the decision whether the certificate is
/// trusted. So no secret is sent to an untrusted server. Nor is it sent to a peer that sends data first: a
/// plain link waits a moment for that. The owner applies the time-out.
class ServerConnector : public QObject
{
    Q_OBJECT

public:
    ServerConnector(ServerTarget target, ServerTrust trust, QObject *parent = nullptr);
    ~ServerConnector() override;

    /// Call once. One of the signals follows as the last one, never during the call.
    void start();

    /// A plain link is connected, and ready() or failed() follows within timeToSpeakMs.
    bool isListening() const { return m_isListening && !m_isOver; }
    /// The wait for unexpected bytes: an SSH server, for example, starts a process first.
    static constexpr int timeToSpeakMs = 200;

    /// After ready(): gives the socket to the caller.
    QTcpSocket *takeSocket();
    /// After ready(): the certificate that work connections to this server accept; null if the link is plain.
    std::shared_ptr<const TlsTarget> workTarget() const { return m_workTarget; }
    /// After ready(): the peer of the connection, the server or the proxy.
    const net::Endpoint &reached() const { return m_reached; }
    /// After refused(): the certificate.
    const ServerCertificate &shown() const { return m_shown; }

Q_SIGNALS:
    void ready();
    /// Errc::ConnectFailed or Errc::ResolveFailed; Errc::Forbidden when the proxy refuses the connection. For
    /// a server that was reached: Errc::TlsFailed if the handshake fails, Errc::UnexpectedMessage if the peer
    /// is no frps, and other codes for temporary errors.
    void failed(const frpx::Error &error);
    /// The result of ServerTrust::examine().
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
    void end();

    const ServerTarget m_target;
    const ServerTrust m_trust;
    const bool m_usesTls;
    net::HostLookup m_lookup;
    net::ConnectRace m_race;
    net::DialTarget m_dialled; ///< the server, or the proxy
    net::Endpoint m_reached;
    std::optional<ProxyHandshake> m_handshake; ///< during the proxy's handshake
    std::unique_ptr<QTcpSocket> m_socket; ///< connected; a QSslSocket with m_usesTls
    FirstBytes m_first; ///< used with m_usesTls
    bool m_isListening = false;
    bool m_isOver = false;
    ServerCertificate m_shown;
    /// Shared with the work connections, which may outlive the session.
    std::shared_ptr<const TlsTarget> m_workTarget;
};

} // namespace frpx::client
