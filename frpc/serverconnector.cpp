// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/serverconnector.h"

#include "common/core/logging.h"
#include "common/tls/sslsettings.h"
#include "frpc/knownservers.h"

#include <QSslCertificate>
#include <QSslCipher>
#include <QSslError>
#include <QSslSocket>

using namespace Qt::StringLiterals;

namespace frpx::client {

ServerConnector::ServerConnector(
    QString host, quint16 port, TlsSettings settings, std::optional<Fingerprint> accepted, QObject *parent)
    : QObject(parent)
    , m_host(std::move(host))
    , m_port(port)
    , m_settings(std::move(settings))
    , m_accepted(std::move(accepted))
    , m_usesTls(usesTls(m_settings, m_host))
{ }

ServerConnector::~ServerConnector()
{
    end();
}

void ServerConnector::start()
{
    if (m_usesTls) {
        auto socket = std::make_unique<QSslSocket>();
        socket->setSslConfiguration(clientSslConfiguration(m_settings.own, m_settings.caPem));
        socket->setPeerVerifyName(m_settings.serverName.isEmpty() ? m_host : m_settings.serverName);
        // The handshake is to come to its end; onEncrypted() then decides, before anything is said.
        connect(
            socket.get(), &QSslSocket::sslErrors, socket.get(), qOverload<>(&QSslSocket::ignoreSslErrors));
        connect(
            socket.get(), &QSslSocket::encrypted, this, &ServerConnector::onEncrypted, Qt::QueuedConnection);
        m_socket = std::move(socket);
    } else {
        m_socket = std::make_unique<QTcpSocket>();
    }
    connect(m_socket.get(), &QTcpSocket::connected, this, &ServerConnector::onConnected);
    // Queued, as the others: the socket is not to be moved or deleted in its own signal.
    connect(
        m_socket.get(), &QTcpSocket::errorOccurred, this, &ServerConnector::onError, Qt::QueuedConnection);
    m_socket->connectToHost(m_host, m_port);
}

QTcpSocket *ServerConnector::takeSocket()
{
    m_socket->disconnect(this);
    return m_socket.release();
}

void ServerConnector::onConnected()
{
    m_isConnected = true;
    if (auto *tls = qobject_cast<QSslSocket *>(m_socket.get()))
        return tls->startClientEncryption();
    QMetaObject::invokeMethod(
        this,
        [this] {
            if (!std::exchange(m_isOver, true))
                Q_EMIT ready();
        },
        Qt::QueuedConnection);
}

Result<void> ServerConnector::lookUp()
{
    if (!m_settings.remembers())
        return {};
    if (m_accepted) {
        m_shown.remembered = m_accepted;
        return {};
    }
    const KnownServers known(m_settings.knownServersFile);
    const Result<std::optional<Fingerprint>> found = known.find(m_host, m_port);
    if (!found)
        return found.error();
    m_shown.remembered = *found;
    if (*found || !m_settings.trustOnFirstUse)
        return {};
    if (const Result<void> kept = known.remember(m_host, m_port, m_shown.fingerprint); !kept)
        return kept.error();
    qCWarning(lcClient).noquote()
        << u"The server %1 was not known; its certificate %2 is trusted from now on."_s.arg(
               KnownServers::keyOf(m_host, m_port), m_shown.fingerprint.toString());
    m_shown.remembered = m_shown.fingerprint;
    return {};
}

void ServerConnector::onEncrypted()
{
    if (m_isOver)
        return;
    const auto *tls = qobject_cast<const QSslSocket *>(m_socket.get());
    const QSslCertificate certificate = tls->peerCertificate();
    if (certificate.isNull()) {
        m_isOver = true;
        end();
        return Q_EMIT failed({Errc::TlsFailed, u"The server shows no certificate."_s});
    }
    m_shown.host = m_host;
    m_shown.port = m_port;
    m_shown.knownServersFile = m_settings.knownServersFile;
    m_shown.fingerprint = Fingerprint::ofDer(certificate.toDer());
    m_shown.subject = logSafe(certificate.subjectInfo(QSslCertificate::CommonName).value(0));
    m_shown.expires = certificate.expiryDate();
    const QList<QSslError> faults = tls->sslHandshakeErrors();
    const QString chainFault = faults.isEmpty() ? QString() : logSafe(faults.first().errorString());
    if (const Result<void> known = lookUp(); !known)
        return refuse(known.error());
    if (const Result<void> verdict = judge(m_settings, m_shown, chainFault); !verdict)
        return refuse(verdict.error());
    qCDebug(lcClient).noquote() << "The link speaks" << tls->sessionCipher().protocolString()
                                << tls->sessionCipher().name();
    m_workTarget = std::make_shared<const TlsTarget>(TlsTarget{m_shown.fingerprint.bytes(), m_settings.own});
    m_isOver = true;
    Q_EMIT ready();
}

void ServerConnector::refuse(const Error &error)
{
    m_isOver = true;
    end();
    Q_EMIT refused(m_shown, error);
}

void ServerConnector::onError()
{
    if (std::exchange(m_isOver, true))
        return;
    const QString reason = m_socket->errorString();
    const bool isUnknown = m_socket->error() == QAbstractSocket::HostNotFoundError;
    end();
    if (!m_isConnected)
        return Q_EMIT failed({isUnknown ? Errc::ResolveFailed : Errc::ConnectFailed, reason});
    Q_EMIT failed({Errc::TlsFailed,
        u"no TLS with the server: %1. An original server, which knows none, needs --tls off"_s.arg(
            logSafe(reason, 256))});
}

void ServerConnector::end()
{
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket.reset();
}

} // namespace frpx::client
