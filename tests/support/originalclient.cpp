// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/originalclient.h"

#include <QHostAddress>
#include <QTest>

using namespace Qt::StringLiterals;

namespace frpx::test {

namespace {

constexpr qint64 maxUnsent = qint64(256) * 1024;

/// Joins two sockets as the original does: it stops both at the first end of stream, once all is sent.
class Join : public QObject
{
public:
    Join(QObject *parent, QTcpSocket *proxy, QTcpSocket *local)
        : QObject(parent)
        , m_proxy(proxy)
        , m_local(local)
    {
        m_proxy->setParent(this);
        m_local->setParent(this);
        for (QTcpSocket *socket : {m_proxy, m_local}) {
            socket->setReadBufferSize(maxUnsent);
            connect(socket, &QTcpSocket::readyRead, this, &Join::pump);
            connect(socket, &QTcpSocket::bytesWritten, this, &Join::pump);
            connect(socket, &QTcpSocket::disconnected, this, &Join::pump);
        }
        pump();
    }

private:
    void pump()
    {
        move(m_local, m_proxy);
        move(m_proxy, m_local);
        const bool localEnded = m_local->state() == QAbstractSocket::UnconnectedState;
        const bool proxyEnded = m_proxy->state() == QAbstractSocket::UnconnectedState;
        if (localEnded && !proxyEnded && m_local->bytesAvailable() == 0)
            m_proxy->disconnectFromHost();
        if (proxyEnded && !localEnded && m_proxy->bytesAvailable() == 0)
            m_local->disconnectFromHost();
        if (localEnded && proxyEnded)
            deleteLater();
    }

    static void move(QTcpSocket *from, QTcpSocket *to)
    {
        if (to->state() != QAbstractSocket::ConnectedState)
            return;
        while (from->bytesAvailable() > 0 && to->bytesToWrite() < maxUnsent)
            to->write(from->read(maxUnsent));
    }

    QTcpSocket *m_proxy;
    QTcpSocket *m_local;
};

} // namespace

OriginalClient::OriginalClient(quint16 controlPort, quint16 proxyPort)
    : m_controlPort(controlPort)
    , m_proxyPort(proxyPort)
{
    connect(&m_link, &QTcpSocket::readyRead, this, &OriginalClient::readLink);
}

bool OriginalClient::login(const QString &email, const QString &password, int ms)
{
    m_token.clear();
    return exchange(R"({"Login":{"email":)" + jsonString(email) + R"(,"pass":)" + jsonString(password) + "}}",
        u"LoginResult"_s, ms);
}

bool OriginalClient::loginByToken(const QString &token, int ms)
{
    return exchange(R"({"LoginByToken":{"token":)" + jsonString(token) + "}}", u"LoginResult"_s, ms);
}

bool OriginalClient::registerAs(const QString &clientId, int ms)
{
    return exchange(R"({"Register":{"client_id":)" + jsonString(clientId) + "}}", u"RegisterResult"_s, ms);
}

void OriginalClient::sendHeartbeat(HeartbeatForm form)
{
    m_link.write(frame(form == HeartbeatForm::Bare ? R"("Heartbeat")" : R"({"Heartbeat":{"models":null}})"));
}

void OriginalClient::sendSystemInfo(double cpu, double memory, double disk)
{
    m_link.write(frame(R"({"SystemInfo":{"cpu_usage":)" + QByteArray::number(cpu) + R"(,"memory_usage":)"
        + QByteArray::number(memory) + R"(,"disk_usage":)" + QByteArray::number(disk) + "}}"));
}

bool OriginalClient::exchange(const QByteArray &payload, const QString &answer, int ms)
{
    if (!isConnected()) {
        m_buffer = {};
        m_link.connectToHost(QHostAddress(QHostAddress::LocalHost), m_controlPort);
        if (!QTest::qWaitFor([this] { return isConnected(); }, ms))
            return false;
    }
    m_success = false;
    m_error.clear();
    m_awaited = answer;
    m_link.write(frame(payload));
    const bool answered = QTest::qWaitFor([this] { return m_awaited.isEmpty() || !isConnected(); }, ms);
    return answered && m_awaited.isEmpty() && m_success;
}

void OriginalClient::readLink()
{
    m_buffer.append(m_link.readAll());
    while (const std::optional<QByteArray> payload = m_buffer.takeFrame()) {
        m_frames << frame(*payload);
        handle(*payload);
    }
}

void OriginalClient::handle(const QByteArray &payload)
{
    const WireMessage message = parseMessage(payload);
    if (!isKnownToOriginalClient(message.variant)) {
        giveUp(u"unknown: %1"_s.arg(QString::fromUtf8(payload)));
        return;
    }
    if (message.variant == "RequestNewProxyConn"_L1) {
        const QString id = message.fields.value("proxy_conn_id"_L1).toString();
        if (id.isEmpty())
            giveUp(u"RequestNewProxyConn without an id"_s);
        m_requestedIds << id;
        if (m_answering)
            dialBack(id);
        return;
    }
    if (message.variant != m_awaited || !message.fields.value("success"_L1).isBool()) {
        giveUp(u"not awaited: %1"_s.arg(QString::fromUtf8(payload)));
        return;
    }
    m_success = message.fields.value("success"_L1).toBool();
    m_error = message.fields.value("error"_L1).toString();
    if (const QString token = message.fields.value("token"_L1).toString(); !token.isEmpty())
        m_token = token;
    m_awaited.clear();
}

void OriginalClient::giveUp(const QString &why)
{
    m_problems << why;
    m_link.abort();
}

void OriginalClient::dialBack(const QString &id)
{
    auto *proxy = new QTcpSocket(this);
    connect(proxy, &QTcpSocket::connected, this, [this, proxy, id] {
        proxy->disconnect(this);
        proxy->write(frame(R"({"NewProxyConn":{"proxy_conn_id":)" + jsonString(id) + "}}"));
        auto *local = new QTcpSocket(proxy);
        connect(local, &QTcpSocket::connected, this, [this, proxy, local] {
            local->disconnect(this);
            new Join(this, proxy, local);
        });
        // Without the local service the original just lets go of both.
        connect(local, &QTcpSocket::errorOccurred, this, [this, proxy, local] {
            local->disconnect(this);
            proxy->abort();
            proxy->deleteLater();
        });
        local->connectToHost(QHostAddress(QHostAddress::LocalHost), m_localPort);
    });
    connect(proxy, &QTcpSocket::errorOccurred, proxy, &QObject::deleteLater);
    proxy->connectToHost(QHostAddress(QHostAddress::LocalHost), m_proxyPort);
}

} // namespace frpx::test
