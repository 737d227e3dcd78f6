// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/library/handlerservice.h"

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/throttledlog.h"
#include "common/protocol/proxy/proxyprotocol.h"

#include <QNetworkProxy>

namespace Frpx {

using frpx::lcClient;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 greetingTimeoutMs = 5000; // the client sends the greeting at once
constexpr frpx::LogKind stranger{lcClient};
constexpr int sweepIntervalMs = 1000;

} // namespace

HandlerService::HandlerService(QObject *parent)
    : QObject(parent)
    , m_greeting(frpx::randomUuid().toLatin1())
{
    connect(&m_server, &QTcpServer::newConnection, this, &HandlerService::onConnection);
    m_sweeper.setInterval(sweepIntervalMs);
    connect(&m_sweeper, &QTimer::timeout, this, &HandlerService::sweep);
}

HandlerService::~HandlerService()
{
    m_strangers.clear(); // the children are destroyed after the members of this object
}

frpx::Result<void> HandlerService::start()
{
    m_server.setProxy(QNetworkProxy::NoProxy);
    m_server.setListenBacklogSize(static_cast<int>(maxStrangers));
    if (!m_server.listen(QHostAddress::LocalHost))
        return frpx::Error{frpx::Errc::Io, m_server.errorString()};
    return {};
}

void HandlerService::onConnection()
{
    while (QTcpSocket *socket = m_server.nextPendingConnection()) {
        socket->setParent(this);
        m_strangers.insert(socket, frpx::steadyMs() + greetingTimeoutMs);
        if (m_strangers.size() > maxStrangers) {
            drop(socket);
            continue;
        }
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] { onReadyRead(socket); });
        connect(socket, &QTcpSocket::disconnected, this, [this, socket] { drop(socket); });
        onReadyRead(socket);
    }
    if (!m_strangers.isEmpty() && !m_sweeper.isActive())
        m_sweeper.start();
}

void HandlerService::onReadyRead(QTcpSocket *socket)
{
    const QByteArray begin = socket->peek(m_greeting.size() + frpx::proxyproto::maxSize);
    if (begin.size() < m_greeting.size() && m_greeting.startsWith(begin))
        return;
    if (!begin.startsWith(m_greeting)) {
        frpx::logThrottled(stranger,
            u"A connection to the local port of a tunnel did not send the greeting and is closed"_s);
        return drop(socket);
    }
    const auto header = frpx::proxyproto::parse(QByteArrayView(begin).sliced(m_greeting.size()));
    if (!header)
        return drop(socket);
    if (!*header)
        return; // more bytes will follow
    socket->skip(m_greeting.size() + (*header)->size);
    m_strangers.remove(socket);
    socket->disconnect(this);
    const frpx::net::Endpoint &source = (*header)->header.source;
    Q_EMIT visitorCame(socket, {source.address, source.port});
}

void HandlerService::drop(QTcpSocket *socket)
{
    m_strangers.remove(socket);
    socket->disconnect(this);
    socket->abort();
    socket->deleteLater();
}

void HandlerService::sweep()
{
    const qint64 now = frpx::steadyMs();
    QList<QTcpSocket *> late;
    for (auto it = m_strangers.cbegin(); it != m_strangers.cend(); ++it) {
        if (it.value() <= now)
            late.append(it.key());
    }
    for (QTcpSocket *socket : std::as_const(late))
        drop(socket);
    if (m_strangers.isEmpty())
        m_sweeper.stop();
}

} // namespace Frpx
