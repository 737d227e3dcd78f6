// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/originalserver.h"

#include <QTcpSocket>
#include <QtEndian>
#include <QTest>
#include <QUuid>

using namespace Qt::StringLiterals;

namespace frpx::test {

namespace {

QByteArray loginResult(const QString &error, const QString &token)
{
    if (!error.isEmpty())
        return R"({"LoginResult":{"success":false,"error":)" + jsonString(error) + R"(,"token":null}})";
    return R"({"LoginResult":{"success":true,"error":null,"token":)"
        + (token.isEmpty() ? QByteArray("null") : jsonString(token)) + "}}";
}

bool areStrings(const QJsonObject &fields, std::initializer_list<QLatin1StringView> names)
{
    return std::all_of(names.begin(), names.end(), [&](auto name) { return fields.value(name).isString(); });
}

bool areNumbers(const QJsonObject &fields, std::initializer_list<QLatin1StringView> names)
{
    return std::all_of(names.begin(), names.end(), [&](auto name) { return fields.value(name).isDouble(); });
}

} // namespace

OriginalServer::OriginalServer()
{
    connect(&m_control, &QTcpServer::newConnection, this, &OriginalServer::acceptControl);
    connect(&m_proxy, &QTcpServer::newConnection, this, &OriginalServer::acceptProxy);
}

OriginalServer::~OriginalServer()
{
    stop();
}

bool OriginalServer::start()
{
    if (!m_control.listen(QHostAddress::LocalHost, m_controlPort)
        || !m_proxy.listen(QHostAddress::LocalHost, m_proxyPort))
        return false;
    m_controlPort = m_control.serverPort();
    m_proxyPort = m_proxy.serverPort();
    return true;
}

void OriginalServer::stop()
{
    m_control.close();
    m_proxy.close();
    dropLinks();
    const QList<QTcpSocket *> sockets = m_unclaimed + m_waiting.values();
    m_unclaimed.clear();
    m_waiting.clear();
    for (QTcpSocket *socket : sockets) {
        if (socket) {
            socket->disconnect(this);
            socket->abort();
            socket->deleteLater();
        }
    }
}

void OriginalServer::dropLinks()
{
    const QList<QTcpSocket *> sockets = m_links.keys();
    for (QTcpSocket *socket : sockets)
        forget(socket);
}

void OriginalServer::setAccount(const QString &email, const QString &password)
{
    m_email = email;
    m_password = password;
}

QList<QByteArray> OriginalServer::payloads(const QString &variant) const
{
    QList<QByteArray> found;
    for (const QByteArray &bytes : m_controlFrames + m_proxyFrames) {
        if (parseMessage(bytes.sliced(4)).variant == variant)
            found << bytes.sliced(4);
    }
    return found;
}

void OriginalServer::forgetFrames()
{
    m_controlFrames.clear();
    m_proxyFrames.clear();
}

bool OriginalServer::waitForRegistered(const QString &clientId, int ms)
{
    const auto registered = [&] {
        return std::any_of(
            m_links.cbegin(), m_links.cend(), [&](const Link &link) { return link.clientId == clientId; });
    };
    return QTest::qWaitFor(registered, ms);
}

std::unique_ptr<QTcpSocket> OriginalServer::openUserConnection(int ms)
{
    const auto link = std::find_if(m_links.cbegin(), m_links.cend(),
        [](const Link &candidate) { return !candidate.clientId.isEmpty(); });
    if (link == m_links.cend())
        return nullptr;
    const QString id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    m_waiting.insert(id, nullptr);
    link.key()->write(frame(R"({"RequestNewProxyConn":{"proxy_conn_id":)" + jsonString(id) + "}}"));
    const bool dialled = QTest::qWaitFor([&] { return m_waiting.value(id) != nullptr; }, ms);
    QTcpSocket *socket = m_waiting.take(id);
    return std::unique_ptr<QTcpSocket>(dialled ? socket : nullptr);
}

void OriginalServer::acceptControl()
{
    while (QTcpSocket *socket = m_control.nextPendingConnection()) {
        socket->setParent(this);
        m_links.insert(socket, {});
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] { readControl(socket); });
        connect(socket, &QTcpSocket::disconnected, this, [this, socket] { forget(socket); });
        readControl(socket);
    }
}

void OriginalServer::acceptProxy()
{
    while (QTcpSocket *socket = m_proxy.nextPendingConnection()) {
        m_unclaimed << socket;
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] { readProxy(socket); });
        readProxy(socket);
    }
}

void OriginalServer::readControl(QTcpSocket *socket)
{
    m_links[socket].frames.append(socket->readAll());
    while (m_links.contains(socket)) {
        const std::optional<QByteArray> payload = m_links[socket].frames.takeFrame();
        if (!payload)
            return;
        m_controlFrames << frame(*payload);
        handle(socket, *payload);
    }
}

void OriginalServer::readProxy(QTcpSocket *socket)
{
    // Only the frame is read; what follows stays in the socket for whoever gets it.
    const QByteArray header = socket->peek(4);
    if (header.size() < 4)
        return;
    const auto length = static_cast<qint64>(qFromBigEndian<quint32>(header.constData()));
    if (socket->bytesAvailable() < 4 + length)
        return;
    m_proxyFrames << socket->read(4 + length);
    socket->disconnect(this);
    m_unclaimed.removeOne(socket);
    const WireMessage message = parseMessage(m_proxyFrames.last().sliced(4));
    const QString id = message.fields.value("proxy_conn_id"_L1).toString();
    if (message.variant == "NewProxyConn"_L1 && m_waiting.contains(id) && !m_waiting.value(id)) {
        socket->setParent(nullptr);
        m_waiting.insert(id, socket);
        return;
    }
    m_problems << u"on the proxy port: %1"_s.arg(QString::fromUtf8(m_proxyFrames.last().sliced(4)));
    socket->abort();
    socket->deleteLater();
}

void OriginalServer::handle(QTcpSocket *socket, const QByteArray &payload)
{
    const WireMessage message = parseMessage(payload);
    const QString text = QString::fromUtf8(payload);
    if (!isKnownToOriginalServer(message.variant)) {
        m_problems << u"unknown: %1"_s.arg(text);
        return; // logs and goes on
    }
    const Link &link = m_links[socket];
    const bool isLogin = message.variant == "Login"_L1 || message.variant == "LoginByToken"_L1;
    if (link.loggedIn == isLogin) {
        m_problems << u"at the wrong time: %1"_s.arg(text);
        forget(socket);
    } else if (isLogin) {
        login(socket, message);
    } else if (message.variant == "Register"_L1) {
        registerClient(socket, message);
    } else if (message.variant == "SystemInfo"_L1) {
        if (!areNumbers(message.fields, {"cpu_usage"_L1, "memory_usage"_L1, "disk_usage"_L1}))
            m_problems << u"fields: %1"_s.arg(text);
    } else if (message.variant != "Heartbeat"_L1) {
        m_problems << u"on the wrong port: %1"_s.arg(text);
    }
}

void OriginalServer::login(QTcpSocket *socket, const WireMessage &message)
{
    QString error;
    QString token;
    if (message.variant == "LoginByToken"_L1) {
        if (!areStrings(message.fields, {"token"_L1}))
            m_problems << u"LoginByToken without a token"_s;
        if (!m_tokens.contains(message.fields.value("token"_L1).toString()))
            error = u"Invalid token"_s;
    } else {
        if (!areStrings(message.fields, {"email"_L1, "pass"_L1}))
            m_problems << u"Login without its fields"_s;
        if (message.fields.value("email"_L1).toString() != m_email)
            error = u"User not found"_s;
        else if (message.fields.value("pass"_L1).toString() != m_password)
            error = u"Invalid password"_s;
        else
            token = QUuid::createUuid().toString(QUuid::WithoutBraces);
    }
    if (!token.isEmpty()) {
        m_tokens.insert(token, m_email);
        m_lastToken = token;
    }
    socket->write(frame(loginResult(error, token)));
    m_links[socket].loggedIn = error.isEmpty();
    if (!error.isEmpty() && m_closesAfterRefusal) {
        m_links.remove(socket);
        socket->disconnect(this);
        socket->disconnectFromHost();
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        if (socket->state() == QAbstractSocket::UnconnectedState)
            socket->deleteLater();
    }
}

void OriginalServer::registerClient(QTcpSocket *socket, const WireMessage &message)
{
    const QString id = message.fields.value("client_id"_L1).toString();
    if (id.isEmpty())
        m_problems << u"Register without a client id"_s;
    const bool taken =
        std::any_of(m_links.cbegin(), m_links.cend(), [&](const Link &link) { return link.clientId == id; });
    if (taken) {
        socket->write(frame(R"({"RegisterResult":{"success":false,"error":"Client ID already in use"}})"));
        return;
    }
    m_links[socket].clientId = id;
    socket->write(frame(R"({"RegisterResult":{"success":true,"error":null}})"));
}

void OriginalServer::forget(QTcpSocket *socket)
{
    if (m_links.remove(socket) == 0)
        return;
    socket->disconnect(this);
    socket->abort();
    socket->deleteLater();
}

} // namespace frpx::test
