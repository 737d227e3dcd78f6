// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/controlchannel.h"

#include "common/core/secrets.h"

#include <QCoreApplication>
#include <QSslSocket>

using namespace Qt::StringLiterals;

namespace frpx {

constexpr int maxMessagesPerTurn = 64;
// Bounds what Qt buffers for one peer; the rest stays in the kernel.
constexpr qint64 readBufferSize = qint64(16) * 1024;
constexpr int lingerMs = 5000;
constexpr int unacknowledgedLimitMs = 30000;

ControlChannel::ControlChannel(UniqueFd fd, QObject *parent)
    : QObject(parent)
    , m_socket(new QTcpSocket(this))
    , m_peer(net::peerOf(fd.get()))
{
    if (m_socket->setSocketDescriptor(fd.get()))
        fd.release(); // the socket owns it now
    setUp();
}

ControlChannel::ControlChannel(QTcpSocket *socket, QObject *parent)
    : QObject(parent)
    , m_socket(socket)
    , m_peer{socket->peerAddress(), socket->peerPort()}
{
    m_socket->setParent(this);
    net::prepareStream(static_cast<int>(m_socket->socketDescriptor()));
    setUp();
}

ControlChannel::~ControlChannel() = default;

void ControlChannel::setUp()
{
    m_socket->setReadBufferSize(readBufferSize);
    const int fd = static_cast<int>(m_socket->socketDescriptor());
    if (fd >= 0)
        net::setUserTimeout(fd, unacknowledgedLimitMs);
    connect(m_socket, &QTcpSocket::readyRead, this, &ControlChannel::readSome);
    connect(m_socket, &QTcpSocket::errorOccurred, this, &ControlChannel::onSocketError);
    // The next turn handles bytes that came before the signals were connected, and a peer that has closed
    // already.
    QMetaObject::invokeMethod(
        this,
        [this] {
            if (!m_open)
                return; // finished or aborted meanwhile
            if (m_socket->state() == QAbstractSocket::ConnectedState)
                readSome();
            else
                fail({Errc::LinkLost, u"The connection is gone."_s});
        },
        Qt::QueuedConnection);
}

void ControlChannel::setMaxFrame(quint32 bytes)
{
    m_decoder.setMaxPayload(bytes);
}

/// Bytes that wait to be sent, encrypted or not.
qint64 ControlChannel::outbox() const
{
    const auto *tls = qobject_cast<const QSslSocket *>(m_socket);
    return m_socket->bytesToWrite() + (tls ? tls->encryptedBytesToWrite() : 0);
}

void ControlChannel::send(const proto::Message &message)
{
    if (!m_open || m_sendingOver)
        return;
    if (outbox() > maxOutbox) {
        fail({Errc::OutboxFull, u"The peer does not read what it is sent."_s});
        return;
    }
    m_socket->write(proto::encodeFrame(message));
}

void ControlChannel::finishSending()
{
    if (!m_open || m_sendingOver)
        return;
    m_socket->flush(); // the rest is lost if the kernel does not take it: the peer does not read
    if (!m_open)
        return; // the flush has found an error
    m_sendingOver = true;
    net::endSending(static_cast<int>(m_socket->socketDescriptor()));
}

void ControlChannel::finish()
{
    if (!m_open)
        return;
    m_open = false;
    m_socket->disconnect(this);
    // The socket flushes and closes on its own, but only for a short time.
    QTcpSocket *socket = m_socket;
    m_socket = nullptr;
    socket->setParent(QCoreApplication::instance()); // outlives this object, but not the program
    connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    QTimer::singleShot(lingerMs, socket, [socket] {
        socket->abort();
        socket->deleteLater();
    });
    socket->flush(); // also when the event loop no longer runs
    socket->disconnectFromHost();
}

void ControlChannel::abort()
{
    if (!m_open)
        return;
    m_open = false;
    m_socket->disconnect(this);
    m_socket->abort();
}

void ControlChannel::fail(const Error &reason)
{
    if (!m_open)
        return;
    abort();
    Q_EMIT closed(reason);
}

void ControlChannel::onSocketError()
{
    if (m_socket->error() == QAbstractSocket::RemoteHostClosedError) {
        m_peerClosed = true;
        readSome(); // the last bytes may still be in the buffer, more than one turn reads
    } else {
        fail({Errc::LinkLost, m_socket->errorString()});
    }
}

void ControlChannel::readSome()
{
    if (m_parsing)
        return;
    m_parsing = true;
    parse();
    m_parsing = false;
    // Send the answers now and together: to wait until the socket is writable would cost another turn of the
    // event loop for every heartbeat of every link.
    if (m_open && outbox() > 0)
        m_socket->flush();
}

void ControlChannel::parse()
{
    int handled = 0;
    while (m_open) {
        Result<std::optional<QByteArray>> payload = m_decoder.next();
        if (!payload)
            return fail(payload.error());
        if (!payload->has_value()) {
            const QByteArray bytes = m_socket->read(readBufferSize);
            if (bytes.isEmpty() && m_peerClosed)
                return fail({Errc::PeerClosed, u"The other side closed the connection."_s});
            if (bytes.isEmpty())
                return;
            m_decoder.append(bytes);
            continue;
        }
        Result<proto::Message> message = proto::decode(**payload);
        if (!message)
            return fail(message.error());
        Q_EMIT messageReceived(*message);
        if (proto::wipeSecrets(*message))
            wipe(**payload);
        if (++handled == maxMessagesPerTurn) {
            QMetaObject::invokeMethod(this, &ControlChannel::readSome, Qt::QueuedConnection);
            return; // give the other links their turn
        }
    }
}

} // namespace frpx
