// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHostAddress>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpSocket>
#include <QtEndian>
#include <QTest>

namespace frpx::test {

/// One end of a link in the test's own event loop, which says what it is told, in the frames of the original
/// protocol, written here a second time: without the product's codec.
class FramePeer
{
public:
    /// Dials \a port of this machine.
    explicit FramePeer(quint16 port)
        : FramePeer(new QTcpSocket)
    {
        m_socket->connectToHost(QHostAddress(QHostAddress::LocalHost), port);
    }
    /// Adopts an accepted \a socket.
    explicit FramePeer(QTcpSocket *socket)
        : m_socket(socket)
    {
        QObject::connect(
            socket, &QTcpSocket::readyRead, socket, [this] { m_received += m_socket->readAll(); });
        m_received = socket->readAll();
        socket->setParent(nullptr);
    }

    void sendRaw(const QByteArray &bytes) { m_socket->write(bytes); }
    void send(const QByteArray &payload)
    {
        QByteArray header(4, Qt::Uninitialized);
        qToBigEndian(static_cast<quint32>(payload.size()), header.data());
        sendRaw(header + payload);
    }

    /// The payload of the next frame; empty if none comes within \a ms.
    QByteArray frame(int ms = 5000)
    {
        const auto whole = [this] { return m_received.size() >= 4 && m_received.size() >= 4 + length(); };
        if (!QTest::qWaitFor(whole, ms))
            return {};
        const QByteArray payload = m_received.sliced(4, length());
        m_received.remove(0, 4 + payload.size());
        return payload;
    }
    /// The fields of the next message if that is a \a variant, else an empty object.
    QJsonObject message(const QString &variant, int ms = 5000)
    {
        return QJsonDocument::fromJson(frame(ms)).object().value(variant).toObject();
    }
    /// Waits for the next request to dial in and returns its id.
    QString requestedId(int ms = 5000)
    {
        return message(QStringLiteral("RequestNewProxyConn"), ms)
            .value(QStringLiteral("proxy_conn_id"))
            .toString();
    }
    /// The next \a size bytes, or what has come of them within five seconds.
    QByteArray raw(qsizetype size)
    {
        [[maybe_unused]] const bool whole =
            QTest::qWaitFor([this, size] { return m_received.size() >= size; });
        const QByteArray bytes = m_received.left(size);
        m_received.remove(0, bytes.size());
        return bytes;
    }

    /// Whether the other side ends the link within \a ms.
    bool isClosed(int ms = 5000)
    {
        return QTest::qWaitFor([this] { return m_socket->state() == QAbstractSocket::UnconnectedState; }, ms);
    }
    bool isConnected() const { return m_socket->state() == QAbstractSocket::ConnectedState; }
    /// What has come and has not been taken.
    const QByteArray &received() const { return m_received; }
    void close() { m_socket->abort(); }

private:
    qsizetype length() const { return qFromBigEndian<quint32>(m_received.constData()); }

    QByteArray m_received;
    std::unique_ptr<QTcpSocket> m_socket; // first to go: its slots use the rest
};

} // namespace frpx::test
