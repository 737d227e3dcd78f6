// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/platform/singleinstance.h"

#include <QDir>
#include <QLocalSocket>
#include <QLockFile>

using namespace Qt::StringLiterals;

namespace frpx::gui {

namespace {

constexpr int maxTries = 30;
constexpr int retryMs = 100;
constexpr int answerMs = 3000;
constexpr int maxConnections = 8;

} // namespace

SingleInstance::SingleInstance(QString path, QObject *parent)
    : QObject(parent)
    , m_path(std::move(path))
{
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    m_retry.setSingleShot(true);
    connect(&m_retry, &QTimer::timeout, this, &SingleInstance::tryToHandOver);
    connect(&m_server, &QLocalServer::newConnection, this, &SingleInstance::onConnection);
}

SingleInstance::~SingleInstance() = default;

void SingleInstance::claim(const QByteArray &message)
{
    m_message = message.left(maxMessage - 1) + '\n';
    m_triesLeft = maxTries;
    if (lock())
        QMetaObject::invokeMethod(this, &SingleInstance::becameFirst, Qt::QueuedConnection);
    else
        m_retry.start(0);
}

bool SingleInstance::lock()
{
    // On Windows a local socket is not a file, so the lock file is in the temporary directory of the user.
    m_lock = std::make_unique<QLockFile>(QDir::temp().absoluteFilePath(m_path + u".lock"_s));
    m_lock->setStaleLockTime(0); // the lock is stale only when its process has ended
    if (!m_lock->tryLock(0)) {
        m_lock.reset();
        return false;
    }
    QLocalServer::removeServer(m_path);
    m_server.listen(m_path); // on failure, a second start reports that the first does not answer
    return true;
}

void SingleInstance::tryToHandOver()
{
    if (m_triesLeft-- <= 0)
        return Q_EMIT failed();
    if (lock()) // the other instance has just ended
        return Q_EMIT becameFirst();
    if (m_socket) {
        m_socket->disconnect(this);
        m_socket->abort();
        m_socket->deleteLater();
    }
    m_socket = new QLocalSocket(this);
    connect(m_socket, &QLocalSocket::connected, this, [this] {
        m_retry.start(answerMs);
        m_socket->write(m_message);
    });
    connect(m_socket, &QLocalSocket::readyRead, this, [this] {
        m_retry.stop();
        m_socket->disconnect(this);
        Q_EMIT handedOver();
    });
    // The first instance may hold the lock but not listen yet.
    connect(m_socket, &QLocalSocket::errorOccurred, this, [this] { m_retry.start(retryMs); });
    m_retry.start(answerMs);
    m_socket->connectToServer(m_path);
}

void SingleInstance::onConnection()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection()) {
        if (m_connections >= maxConnections) {
            socket->abort();
            socket->deleteLater();
            continue;
        }
        ++m_connections;
        connect(socket, &QLocalSocket::disconnected, this, [this, socket] {
            --m_connections;
            socket->deleteLater();
        });
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { readMessage(socket); });
        QTimer::singleShot(answerMs, socket, &QLocalSocket::abort);
        readMessage(socket);
    }
}

void SingleInstance::readMessage(QLocalSocket *socket)
{
    if (!socket->canReadLine()) {
        if (socket->bytesAvailable() >= maxMessage)
            socket->abort();
        return;
    }
    const QByteArray message = socket->readLine(maxMessage).trimmed();
    socket->write("ok\n");
    socket->flush();
    socket->disconnectFromServer();
    Q_EMIT messageReceived(message);
}

} // namespace frpx::gui
