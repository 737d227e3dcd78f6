// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/outboundproxy.h"

#include <QNetworkProxy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QtEndian>

using namespace Qt::StringLiterals;

namespace frpx::test {

OutboundProxy::~OutboundProxy()
{
    if (m_context)
        m_context->deleteLater(); // in its thread, before that ends
    m_thread.quit();
    m_thread.wait();
}

quint16 OutboundProxy::start()
{
    m_thread.start();
    m_context = new QObject;
    m_context->moveToThread(&m_thread);
    quint16 port = 0;
    QMetaObject::invokeMethod(
        m_context,
        [this, &port] {
            auto *server = new QTcpServer(m_context);
            server->setProxy(QNetworkProxy::NoProxy);
            QObject::connect(server, &QTcpServer::newConnection, m_context, [this, server] {
                while (QTcpSocket *socket = server->nextPendingConnection())
                    onConnection(socket);
            });
            server->listen(QHostAddress::LocalHost);
            port = server->serverPort();
        },
        Qt::BlockingQueuedConnection);
    return port;
}

QStringList OutboundProxy::asked() const
{
    const std::scoped_lock lock(m_mutex);
    return m_asked;
}

void OutboundProxy::onConnection(QTcpSocket *socket)
{
    QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    QObject::connect(socket, &QTcpSocket::readyRead, m_context, [this, socket] { onBytes(socket); });
}

void OutboundProxy::onBytes(QTcpSocket *socket)
{
    if (socket->property("connected").toBool())
        return;
    const QByteArray first = socket->peek(1);
    while (first == "\x05"_ba ? onSocks(socket) : onHttp(socket)) { }
}

/// \return whether there may be more to do.
bool OutboundProxy::onHttp(QTcpSocket *socket)
{
    const QByteArray head = socket->peek(8192);
    const qsizetype end = head.indexOf("\r\n\r\n");
    if (end < 0)
        return false;
    socket->read(end + 4);
    const QByteArray line = head.first(head.indexOf("\r\n"));
    const QByteArray target = line.split(' ').value(1);
    const QByteArray login = "Proxy-Authorization: Basic " + (user + ':' + password).toBase64() + "\r\n";
    if (!user.isEmpty() && !head.contains(login)) {
        socket->write("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
        socket->disconnectFromHost();
        return false;
    }
    if (!denial.isEmpty() || !line.startsWith("CONNECT ")) {
        socket->write("HTTP/1.1 " + (denial.isEmpty() ? "405 CONNECT only"_ba : denial) + "\r\n\r\n");
        socket->disconnectFromHost();
        return false;
    }
    const qsizetype colon = target.lastIndexOf(':');
    connectOn(socket, u"http"_s, QString::fromLatin1(target.first(colon)), target.mid(colon + 1).toUShort(),
        "HTTP/1.1 200 Connection established\r\n\r\n");
    return false;
}

bool OutboundProxy::onSocks(QTcpSocket *socket)
{
    const QByteArray bytes = socket->peek(1024);
    const QByteArray stage = socket->property("stage").toByteArray();
    if (stage.isEmpty()) { // methods
        if (bytes.size() < 2 || bytes.size() < 2 + bytes[1])
            return false;
        socket->read(2 + bytes[1]);
        const char wanted = user.isEmpty() ? 0 : 2;
        const bool offered = bytes.mid(2, bytes[1]).contains(wanted);
        socket->write(offered ? QByteArray{"\x05"} + wanted : "\x05\xff"_ba);
        socket->setProperty("stage", user.isEmpty() ? "request"_ba : "login"_ba);
        // The login does not begin with the version of SOCKS.
        if (!user.isEmpty()) {
            QObject::disconnect(socket, &QTcpSocket::readyRead, m_context, nullptr);
            QObject::connect(socket, &QTcpSocket::readyRead, m_context, [this, socket] {
                if (socket->property("connected").toBool())
                    return;
                while (onSocks(socket)) { }
            });
        }
        return socket->bytesAvailable() > 0;
    }
    if (stage == "login") {
        const QByteArray wanted = "\x01"_ba + char(user.size()) + user + char(password.size()) + password;
        if (bytes.size() < wanted.size())
            return false;
        const bool isGood = socket->read(wanted.size()) == wanted;
        socket->write(isGood ? QByteArray("\x01\x00", 2) : "\x01\x01"_ba);
        socket->setProperty("stage", "request"_ba);
        if (!isGood)
            socket->disconnectFromHost();
        return isGood && socket->bytesAvailable() > 0;
    }
    if (bytes.size() < 5)
        return false;
    const bool isName = bytes[3] == 3;
    const qsizetype size = isName ? 7 + bytes[4] : 10;
    if (bytes.size() < size)
        return false;
    socket->read(size);
    const QString host = isName ? QString::fromLatin1(bytes.mid(5, bytes[4]))
                                : QHostAddress(qFromBigEndian<quint32>(bytes.constData() + 4)).toString();
    const auto port = qFromBigEndian<quint16>(bytes.constData() + size - 2);
    connectOn(socket, u"socks5"_s, host, port, QByteArray::fromHex("05000001000000000000"));
    return false;
}

void OutboundProxy::connectOn(
    QTcpSocket *socket, const QString &kind, const QString &host, quint16 port, const QByteArray &answer)
{
    {
        const std::scoped_lock lock(m_mutex);
        m_asked += u"%1 %2:%3"_s.arg(kind, host).arg(port);
    }
    socket->setProperty("connected", true);
    auto *out = new QTcpSocket(socket);
    out->setProxy(QNetworkProxy::NoProxy);
    QObject::connect(out, &QTcpSocket::connected, socket, [socket, out, answer] {
        socket->write(answer);
        QObject::connect(
            socket, &QTcpSocket::readyRead, out, [socket, out] { out->write(socket->readAll()); });
        QObject::connect(
            out, &QTcpSocket::readyRead, socket, [socket, out] { socket->write(out->readAll()); });
    });
    QObject::connect(out, &QTcpSocket::disconnected, socket, &QTcpSocket::disconnectFromHost);
    QObject::connect(out, &QTcpSocket::errorOccurred, socket, &QTcpSocket::disconnectFromHost);
    const QHostAddress literal(host);
    out->connectToHost(literal.isNull() ? everyName : literal, port);
}

} // namespace frpx::test
