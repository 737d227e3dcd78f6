// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/serverdial.h"

#include "common/net/proxyexchange.h"
#include "common/net/sockets.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

Result<UniqueFd> ServerDial::beginConnect(const WorkRoute &route, net::FirstWord firstWord)
{
    return net::startConnect(route.endpoint.address, route.endpoint.port, firstWord);
}

ServerDial::Progress ServerDial::start(Result<UniqueFd> fd)
{
    if (!fd)
        return fail(fd.error().detail);
    std::unique_ptr<TlsState> tls;
    if (m_route.tls && !(tls = m_route.tls->connect()))
        return fail(u"TLS cannot be started"_s);
    net::prepareLocalStream(fd->get());
    m_stream.emplace(std::move(*fd), std::move(tls), m_loop.scratch().records);
    return Progress::Waiting;
}

ServerDial::Progress ServerDial::introduceEarly()
{
    if (m_stream->tls() || m_route.proxy || !net::sendWhole(fd(), m_introduction))
        return Progress::Waiting;
    m_state = State::Done;
    return Progress::Done;
}

ServerDial::Progress ServerDial::onIo(IoEvents events)
{
    if (events.readable)
        m_stream->setReadable();
    if (events.writable)
        m_stream->setWritable();
    if (events.hungUp)
        m_stream->setHungUp();
    if (m_stream->hasUnsent() && m_stream->isWritable() && !m_stream->flush())
        return fail(u"the connection broke"_s);
    if (m_state == State::Connecting && events.writable) {
        if (const Result<void> connected = net::connectResult(fd()); !connected)
            return fail(connected.error().detail);
        m_state = State::Connected;
        return Progress::Connected;
    }
    if (m_state == State::AskingProxy && (events.readable || events.hungUp))
        return askProxy();
    if (m_state == State::Securing)
        m_loop.queueHandshake(&m_handler);
    return Progress::Waiting;
}

ServerDial::Progress ServerDial::introduce()
{
    if (!m_route.proxy)
        return onServerReached();
    m_state = State::AskingProxy;
    m_proxy.emplace(*m_route.proxy);
    return askProxy();
}

ServerDial::Progress ServerDial::askProxy()
{
    const Result<ProxyHandshake::Progress> progress = net::exchange(*m_proxy, fd());
    if (!progress)
        return fail(progress.error().detail);
    if (*progress != ProxyHandshake::Progress::Done)
        return Progress::Waiting;
    m_proxy.reset();
    return onServerReached();
}

/// The server is connected, perhaps through a proxy.
ServerDial::Progress ServerDial::onServerReached()
{
    if (m_stream->tls()) {
        m_state = State::Securing;
        m_loop.queueHandshake(&m_handler);
        return Progress::Waiting;
    }
    if (!net::sendWhole(fd(), m_introduction))
        return fail(u"the connection broke"_s);
    m_state = State::Done;
    return Progress::Done;
}

ServerDial::Progress ServerDial::onHandshakeTurn()
{
    switch (m_stream->handshake(m_introduction)) {
    case TlsState::Progress::Failed:
        return fail(m_stream->tls()->whyFailed());
    case TlsState::Progress::Waiting:
        return Progress::Waiting;
    case TlsState::Progress::Done:
        break;
    }
    m_state = State::Done;
    return Progress::Done;
}

ServerDial::Progress ServerDial::fail(const QString &reason)
{
    m_fault = reason;
    return Progress::Failed;
}

} // namespace frpx::client
