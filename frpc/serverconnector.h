// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/tlssettings.h"

#include <QObject>
#include <QTcpSocket>

#include <memory>

namespace frpx::client {

/// One attempt to reach a server's control port: TCP; then, if the settings say so, TLS; and then whether the
/// certificate is to be trusted. So nothing secret goes to a server that is not. The owner keeps the time.
class ServerConnector : public QObject
{
    Q_OBJECT

public:
    /// \a accepted: a certificate that somebody has accepted and that could not be remembered.
    ServerConnector(QString host, quint16 port, TlsSettings settings,
        std::optional<Fingerprint> accepted = {}, QObject *parent = nullptr);
    ~ServerConnector() override;

    /// Once. One of the signals follows, and is the last; not from within the call.
    void start();

    /// After ready(): the socket, which is then the caller's.
    QTcpSocket *takeSocket();
    /// After ready(): what work connections to this server accept; null if the link is plain.
    std::shared_ptr<const TlsTarget> workTarget() const { return m_workTarget; }
    /// After refused().
    const ServerCertificate &shown() const { return m_shown; }

Q_SIGNALS:
    void ready();
    /// Errc::ConnectFailed or Errc::ResolveFailed, or Errc::TlsFailed for a server that was reached and does
    /// not speak TLS with us.
    void failed(const frpx::Error &error);
    /// As judge() says; also Errc::Storage if it cannot be found out what has been accepted before.
    void refused(const frpx::client::ServerCertificate &shown, const frpx::Error &error);

private:
    void onConnected();
    void onEncrypted();
    void onError();
    void refuse(const Error &error);
    Result<void> lookUp();
    void end();

    const QString m_host;
    const quint16 m_port;
    const TlsSettings m_settings;
    const std::optional<Fingerprint> m_accepted;
    const bool m_usesTls;
    std::unique_ptr<QTcpSocket> m_socket; ///< a QSslSocket with m_usesTls
    bool m_isConnected = false;
    bool m_isOver = false;
    ServerCertificate m_shown;
    /// Shared with the work connections, which may outlive the session.
    std::shared_ptr<const TlsTarget> m_workTarget;
};

} // namespace frpx::client
