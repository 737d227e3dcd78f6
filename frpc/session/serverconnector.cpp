// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/serverconnector.h"

#include "common/core/logging.h"
#include "common/tls/sslsettings.h"

#include <QSslCertificate>
#include <QSslCipher>
#include <QSslError>
#include <QSslSocket>
#include <QTimer>

using namespace Qt::StringLiterals;

namespace frpx::client {

ServerConnector::ServerConnector(ServerTarget target, ServerTrust trust, QObject *parent)
    : QObject(parent)
    , m_target(std::move(target))
    , m_trust(std::move(trust))
    , m_usesTls(usesTls(m_trust.settings(), m_target.host, m_target.proxy.has_value()))
{
    connect(&m_lookup, &net::HostLookup::found, this, &ServerConnector::connectTo);
    connect(&m_lookup, &net::HostLookup::failed, this, [this](const QString &reason) {
        fail({Errc::ResolveFailed, m_target.proxy ? u"the proxy: "_s + reason : reason});
    });
    connect(&m_race, &net::ConnectRace::connected, this, &ServerConnector::onReached);
    connect(&m_race, &net::ConnectRace::failed, this, [this](const Error &error) {
        fail({Errc::ConnectFailed,
            u"%1%2: %3"_s.arg(m_target.proxy ? u"the proxy "_s : QString(), m_dialled.name, error.detail)});
    });
}

ServerConnector::~ServerConnector()
{
    end();
}

void ServerConnector::start()
{
    const QString host = m_target.proxy ? m_target.proxy->host : m_target.host;
    m_dialled = net::dialTarget(host, m_target.proxy ? m_target.proxy->port : m_target.port);
    m_dialled.name = logSafe(m_dialled.name, 300);
    m_lookup.start(host);
}

void ServerConnector::connectTo(const QList<QHostAddress> &addresses)
{
    m_dialled.addresses = addresses;
    m_race.start(m_dialled);
}

std::unique_ptr<QTcpSocket> ServerConnector::makeSocket()
{
    if (!m_usesTls)
        return std::make_unique<QTcpSocket>();
    const TlsSettings &settings = m_trust.settings();
    auto socket = std::make_unique<QSslSocket>();
    socket->setSslConfiguration(clientSslConfiguration(settings.own, settings.caPem));
    socket->setPeerVerifyName(settings.serverName.isEmpty() ? m_target.host : settings.serverName);
    // Complete the handshake; onEncrypted() then decides, before any data is sent.
    connect(socket.get(), &QSslSocket::sslErrors, socket.get(), qOverload<>(&QSslSocket::ignoreSslErrors));
    connect(socket.get(), &QSslSocket::encrypted, this, &ServerConnector::onEncrypted, Qt::QueuedConnection);
    return socket;
}

/// Connected to the server, or to the proxy.
void ServerConnector::onReached()
{
    m_reached = {m_dialled.addresses.at(static_cast<qsizetype>(m_race.winner())), m_dialled.port};
    UniqueFd fd = m_race.takeFd();
    m_socket = makeSocket();
    // Queued, as the others: a socket must not be moved or deleted in its own signal.
    connect(
        m_socket.get(), &QTcpSocket::errorOccurred, this, &ServerConnector::onError, Qt::QueuedConnection);
    if (!m_socket->setSocketDescriptor(fd.get()))
        return fail({Errc::ConnectFailed, u"%1: the connection is gone"_s.arg(m_dialled.name)});
    fd.release(); // the socket owns it now
    if (!m_target.proxy)
        return onConnected();
    m_handshake.emplace(net::ProxyRequest{*m_target.proxy, m_target.host, m_target.port});
    connect(m_socket.get(), &QTcpSocket::readyRead, this, &ServerConnector::onProxyReadable);
    m_socket->write(m_handshake->takeOutput());
}

void ServerConnector::onProxyReadable()
{
    if (m_isOver || !m_handshake)
        return;
    const ProxyHandshake::Progress progress = m_handshake->feed(m_socket->readAll());
    if (progress == ProxyHandshake::Progress::Failed) {
        const Error error = m_handshake->error();
        QMetaObject::invokeMethod( // outside the socket's signal, which may not delete the socket
            this, [this, error] { fail(error); }, Qt::QueuedConnection);
        return;
    }
    m_socket->write(m_handshake->takeOutput());
    if (progress == ProxyHandshake::Progress::Waiting)
        return;
    m_handshake.reset();
    disconnect(m_socket.get(), &QTcpSocket::readyRead, this, nullptr);
    onConnected();
}

QTcpSocket *ServerConnector::takeSocket()
{
    m_socket->disconnect(this);
    return m_socket.release();
}

void ServerConnector::onConnected()
{
    if (auto *tls = qobject_cast<QSslSocket *>(m_socket.get())) {
        m_first.watch(tls);
        return tls->startClientEncryption();
    }
    // For the first bytes; the ControlChannel sets its own limit.
    m_socket->setReadBufferSize(FirstBytes::maxSize);
    // A server waits for the login; a peer that sends first, such as SSH or SMTP, is no frps.
    connect(
        m_socket.get(), &QTcpSocket::readyRead, this, &ServerConnector::onSpokenFirst, Qt::QueuedConnection);
    m_isListening = true;
    QTimer::singleShot(timeToSpeakMs, Qt::PreciseTimer, this, [this] {
        m_isListening = false;
        if (!m_isOver && m_socket->bytesAvailable() > 0)
            return onSpokenFirst();
        if (!std::exchange(m_isOver, true))
            Q_EMIT ready();
    });
}

void ServerConnector::onSpokenFirst()
{
    if (!m_isOver)
        fail(speaksFirst(m_target, m_socket->peek(FirstBytes::maxSize)));
}

void ServerConnector::onEncrypted()
{
    if (m_isOver)
        return;
    const auto *tls = qobject_cast<const QSslSocket *>(m_socket.get());
    const QSslCertificate certificate = tls->peerCertificate();
    if (certificate.isNull()) {
        return fail({Errc::TlsFailed, u"The server has sent no certificate."_s});
    }
    m_shown.host = m_target.host;
    m_shown.port = m_target.port;
    m_shown.knownServersFile = m_trust.settings().knownServersFile;
    m_shown.fingerprint = Fingerprint::ofDer(certificate.toDer());
    m_shown.subject = logSafe(certificate.subjectInfo(QSslCertificate::CommonName).value(0));
    m_shown.expires = certificate.expiryDate();
    const QList<QSslError> faults = tls->sslHandshakeErrors();
    const QString chainFault = faults.isEmpty() ? QString() : logSafe(faults.first().errorString());
    if (const Result<void> verdict = m_trust.examine(m_shown, chainFault); !verdict)
        return refuse(verdict.error());
    qCDebug(lcClient).noquote() << "The link uses" << tls->sessionCipher().protocolString()
                                << tls->sessionCipher().name();
    m_workTarget =
        std::make_shared<const TlsTarget>(TlsTarget{m_shown.fingerprint.bytes(), m_trust.settings().own});
    if (tls->bytesAvailable() > 0)
        return onSpokenFirst();
    m_isOver = true;
    Q_EMIT ready();
}

void ServerConnector::fail(const Error &error)
{
    if (std::exchange(m_isOver, true))
        return;
    end();
    Q_EMIT failed(error);
}

void ServerConnector::refuse(const Error &error)
{
    m_isOver = true;
    end();
    Q_EMIT refused(m_shown, error);
}

void ServerConnector::onError()
{
    if (m_isOver)
        return;
    const QString reason = logSafe(m_socket->errorString(), 256);
    if (m_handshake)
        return fail({Errc::ConnectFailed,
            u"the proxy %1 ended the connection before it had an answer: %2"_s.arg(m_dialled.name, reason)});
    if (m_usesTls)
        return fail(noTls(m_target, m_first.bytes(), reason));
    if (m_socket->bytesAvailable() > 0)
        return onSpokenFirst(); // the peer has sent data and closed
    fail(withoutAnswer(m_target, {Errc::LinkLost, reason}));
}

void ServerConnector::end()
{
    m_race.abort();
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket.reset();
}

} // namespace frpx::client
