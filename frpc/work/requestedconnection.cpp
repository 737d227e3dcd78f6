// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/requestedconnection.h"

#include "common/net/sockets.h"
#include "common/protocol/frpx/messages.h"
#include "frpc/work/logkinds.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

/// After the server has accepted the connection, other handshakes may be queued before this one. The same
/// time as a visitor waits by default.
constexpr qint64 securingTimeoutMs = 10'000;

void RequestedConnection::start(IoLoop &loop, std::shared_ptr<RequestContext> context, Request request)
{
    auto owned = std::make_unique<RequestedConnection>(loop, std::move(context), std::move(request));
    RequestedConnection *connection = owned.get();
    loop.adopt(std::move(owned));
    connection->dial();
}

RequestedConnection::RequestedConnection(
    IoLoop &loop, std::shared_ptr<RequestContext> context, Request request)
    : RelayHandler(loop)
    , m_context(std::move(context))
    , m_request(std::move(request))
    , m_server(loop, *this, m_context->route, proto::encodeFrame(proto::NewProxyConn{m_request.proxyConnId}))
    , m_service(loop, *this, *this, serviceSide)
    , m_watch(m_request.tunnel.isEmpty() ? m_context->silentService : nullptr)
{ }

RequestedConnection::~RequestedConnection()
{
    leaveDialling();
}

void RequestedConnection::leaveDialling()
{
    if (std::exchange(m_isDialling, false))
        m_context->dialling.fetch_sub(1);
}

void RequestedConnection::dial()
{
    m_startedMs = loop().nowMs();
    loop().setTicking(this, true);
    const ServerDial::Progress progress = m_server.start(std::move(m_request.server));
    if (progress == ServerDial::Progress::Failed)
        return step(progress);
    if (!loop().watch(this, serverSide, m_server.fd()))
        return fail(u"out of descriptors"_s);
    if (!m_request.target.isKnown())
        return onServiceFailed(u"its address is not known"_s);
    m_service.start(m_request.target, net::FirstWord::Unknown);
}

void RequestedConnection::onIo(int side, IoEvents events)
{
    if (isRelaying())
        return relayIo(side, events);
    if (side == serverSide) {
        remember(side, events);
        return step(m_server.onIo(events));
    }
    if (!m_service.isWatching())
        return; // an event of the connection that has just been closed
    if (m_service.isRunning())
        forget(side); // events of addresses that have failed
    remember(side, events);
    if (m_service.isRunning())
        m_service.onIo(events);
}

void RequestedConnection::onTurn()
{
    if (isRelaying())
        RelayHandler::onTurn();
    else if (m_service.isRunning())
        m_service.onTurn();
}

void RequestedConnection::step(ServerDial::Progress progress)
{
    switch (progress) {
    case ServerDial::Progress::Waiting:
        break;
    case ServerDial::Progress::Connected:
        m_isServerConnected = true;
        introduce();
        break;
    case ServerDial::Progress::Done:
        relay();
        break;
    case ServerDial::Progress::Failed:
        fail(u"the server's proxy port: "_s + m_server.fault());
        break;
    }
}

/// Once both sides are connected: earlier the server would count on this client.
void RequestedConnection::introduce()
{
    if (!m_isServerConnected || (!m_serviceFd && !m_hasServiceFailed))
        return;
    // Closed without an introduction: the control link is lost, or the service failed. A server with TLS
    // supports failures, unless it is just leaving.
    if (m_context->isOver || (m_hasServiceFailed && (m_context->route.tls || m_context->route.proxy)))
        return end();
    step(m_server.introduce());
}

void RequestedConnection::relay()
{
    if (m_hasServiceFailed)
        return end(); // the server closes the visitor's connection, too
    leaveDialling();
    loop().setTicking(this, false);
    Stream server = m_server.take();
    if (!server.isReadable())
        noteDrained(serverSide);
    RelayJob job{
        server.takeFd(), std::move(m_serviceFd), std::move(m_request.header), std::move(m_request.meter)};
    job.visitorTls = server.takeTls();
    job.totals = m_watch.begin();
    startRelay(std::move(job));
    runRelay();
}

void RequestedConnection::onServiceReached()
{
    if (const std::optional<QHostAddress> address = m_service.laterAddress())
        m_context->services->prefer(m_request.tunnel, *address);
    m_serviceFd = m_service.takeFd();
    introduce();
}

void RequestedConnection::onServiceFailed(const QString &reason)
{
    m_service.stop();
    const QString &service = m_request.target.name;
    const QString what = u"the local service %1: %2"_s.arg(logSafe(service, 300), reason);
    if (m_context->takesFailures)
        return fail(what, service);
    logThrottled(cannotServe, u"Cannot serve a connection: "_s + what, service);
    m_context->serviceFailed();
    m_hasServiceFailed = true;
    introduce();
}

void RequestedConnection::onTick(qint64 nowMs)
{
    if (isRelaying())
        return RelayHandler::onTick(nowMs);
    if (m_context->isOver)
        return end();
    const bool isServiceDecided = m_serviceFd || m_hasServiceFailed;
    const bool isIntroducing = m_isServerConnected && isServiceDecided;
    if (nowMs < m_startedMs + (isIntroducing ? securingTimeoutMs : m_context->timeoutMs))
        return;
    if (m_isServerConnected && !isServiceDecided)
        onServiceFailed(u"it does not answer"_s);
    else
        fail(u"the server's proxy port does not answer"_s);
}

/// Called about once a second for some of the connections; most of them have ended by then.
void RequestedConnection::onInspection(const SilenceLimits &limits)
{
    if (isRelaying() && !std::exchange(m_keptAlive, true)) {
        net::keepAlive(relayFd(serverSide));
        net::keepAlive(relayFd(serviceSide));
    }
    m_watch.inspect(loop().nowMs());
    RelayHandler::onInspection(limits);
}

bool RequestedConnection::wantsRead(int side) const
{
    if (isRelaying())
        return RelayHandler::wantsRead(side);
    return side == serverSide && m_server.wantsRead() && !awaitsHandshakeTurn();
}

bool RequestedConnection::wantsWrite(int side) const
{
    if (isRelaying())
        return RelayHandler::wantsWrite(side);
    return side == serverSide ? m_server.wantsWrite() : m_service.wantsWrite();
}

void RequestedConnection::fail(const QString &reason, const QString &service)
{
    logThrottled(cannotServe, u"Cannot serve a connection: "_s + reason, service);
    m_context->failed(m_request.proxyConnId, reason);
    end();
}

void RequestedConnection::end()
{
    m_service.stop();
    loop().finish(this);
}

} // namespace frpx::client
