// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/tlsdial.h"

#include "common/net/proxyexchange.h"
#include "common/net/sockets.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

void TlsDial::start(IoLoop &loop, Job job)
{
    const int server = job.relay.visitor.get();
    const int service = job.relay.service.get();
    auto owned = std::make_unique<TlsDial>(loop, std::move(job));
    TlsDial *dial = owned.get();
    loop.adopt(std::move(owned));
    loop.setTicking(dial, true);
    // The first event reports that the server can be written to; it starts the handshake or asks the proxy.
    if (!loop.watch(dial, serverSide, server) || !loop.watch(dial, serviceSide, service))
        dial->fail(u"out of descriptors"_s);
}

TlsDial::TlsDial(IoLoop &loop, Job job)
    : RelayHandler(loop)
    , m_job(std::move(job))
    , m_server(std::in_place, std::move(m_job.relay.visitor), std::move(m_job.tls), loop.scratch().records)
{
    if (m_job.proxy)
        m_proxy.emplace(*m_job.proxy);
}

void TlsDial::onIo(int side, IoEvents events)
{
    if (isRelaying())
        return relayIo(side, events);
    remember(side, events);
    if (side != serverSide)
        return;
    if (events.readable)
        m_server->setReadable();
    if (events.writable)
        m_server->setWritable();
    if (m_server->hasUnsent() && m_server->isWritable() && !m_server->flush())
        return fail(u"the server's proxy port: the connection broke"_s);
    if (m_proxy)
        askProxy();
    else
        loop().queueHandshake(this);
}

void TlsDial::askProxy()
{
    const Result<ProxyHandshake::Progress> progress = net::exchange(*m_proxy, m_server->fd());
    if (!progress)
        return fail(progress.error().detail);
    if (*progress != ProxyHandshake::Progress::Done)
        return;
    m_proxy.reset();
    if (m_server->tls())
        return loop().queueHandshake(this);
    if (!net::sendWhole(m_server->fd(), m_job.introduction))
        return fail(u"the server's proxy port: the connection broke"_s);
    relay();
}

void TlsDial::onHandshakeTurn()
{
    switch (m_server->handshake(m_job.introduction)) {
    case TlsState::Progress::Failed:
        return fail(u"the server's proxy port: "_s + m_server->tls()->whyFailed());
    case TlsState::Progress::Waiting:
        return;
    case TlsState::Progress::Done:
        break;
    }
    relay();
}

void TlsDial::relay()
{
    if (!m_server->isReadable() || !m_server->tls())
        noteDrained(serverSide);
    loop().setTicking(this, false);
    m_job.relay.visitorTls = m_server->takeTls();
    m_job.relay.visitor = m_server->takeFd();
    m_server.reset();
    m_job.relay.totals = m_job.watch.begin();
    startRelay(std::move(m_job.relay));
    runRelay();
}

void TlsDial::onTick(qint64 nowMs)
{
    if (!isRelaying() && nowMs >= m_job.deadlineMs)
        fail(u"the server's proxy port does not answer"_s);
}

void TlsDial::onInspection(const SilenceLimits &limits)
{
    m_job.watch.inspect(loop().nowMs());
    RelayHandler::onInspection(limits);
}

bool TlsDial::wantsRead(int side) const
{
    return isRelaying() ? RelayHandler::wantsRead(side) : side == serverSide && !awaitsHandshakeTurn();
}

bool TlsDial::wantsWrite(int side) const
{
    // Also once at the start, to send the first message.
    return isRelaying() ? RelayHandler::wantsWrite(side)
                        : side == serverSide
            && (m_server->hasUnsent()
                || (m_server->tls() && !m_proxy && !m_server->tls()->hasBegun() && !awaitsHandshakeTurn())
                || (m_proxy && m_proxy->hasOutput()));
}

void TlsDial::fail(const QString &why)
{
    m_job.failed(why);
    loop().finish(this);
}

} // namespace frpx::client
