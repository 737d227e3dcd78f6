// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/workconnection.h"

#include "common/net/proxyexchange.h"
#include "common/net/sockets.h"
#include "common/protocol/framedecoder.h"
#include "common/protocol/messages.h"
#include "frpc/work/logkinds.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr qint64 dialTimeoutMs = 10'000;

void complain(const QString &why)
{
    logThrottled(cannotDial, u"Cannot dial the server's proxy port: "_s + why);
}

} // namespace

void WorkConnection::start(IoLoop &loop, size_t loopIndex, std::shared_ptr<WorkContext> share, int restMs)
{
    if (share->over || share->ready.load() >= share->wanted.load())
        return;
    auto owned = std::make_unique<WorkConnection>(loop, loopIndex, std::move(share));
    WorkConnection *link = owned.get();
    loop.adopt(std::move(owned));
    if (restMs == 0)
        return link->dial();
    link->rest(restMs);
}

void WorkConnection::rest(int ms)
{
    m_state = State::Resting;
    const int ahead = m_share->resting.fetch_add(1);
    if (m_share->route.tls)
        ms += ahead * WorkContext::secureEveryMs;
    loop().resumeAt(this, loop().nowMs() + ms);
}

void WorkConnection::leaveRest()
{
    if (m_state == State::Resting)
        m_share->resting.fetch_sub(1);
}

void WorkConnection::dial()
{
    m_state = State::Dialling;
    Result<UniqueFd> fd = net::startConnect(
        m_share->route.endpoint.address, m_share->route.endpoint.port, net::FirstWord::Ours);
    if (!fd) {
        complain(fd.error().detail);
        return lose();
    }
    std::unique_ptr<TlsState> tls;
    if (m_share->route.tls && !(tls = m_share->route.tls->connect()))
        return lose();
    m_server.emplace(std::move(*fd), std::move(tls), loop().scratch().records);
    net::prepareLocalStream(m_server->fd());
    // A plain connection to this machine is often complete at once.
    if (m_server->tls() || m_share->route.proxy || !introduce()) {
        m_deadlineMs = loop().nowMs() + dialTimeoutMs;
        loop().setTicking(this, true);
    }
    if (!loop().watch(this, serverSide, m_server->fd()))
        lose();
}

void WorkConnection::onTurn()
{
    if (m_state == State::Returning) {
        m_state = State::Waiting;
        onReceived();
        if (m_state == State::Waiting)
            onServerReadable();
    } else if (m_state == State::Resting) {
        if (m_share->over || isSurplus())
            return end();
        leaveRest();
        dial();
    } else if (m_state == State::Reaching) {
        if (!std::exchange(m_isSwitching, false))
            tryNextAddress();
        else if (!loop().watch(this, serviceSide, m_service.get()))
            failService(u"out of descriptors"_s);
    } else {
        RelayHandler::onTurn();
    }
}

WorkConnection::WorkConnection(
    IoLoop &loop, size_t loopIndex, std::shared_ptr<WorkContext> share, bool forVisitor)
    : RelayHandler(loop)
    , m_loopIndex(loopIndex)
    , m_share(std::move(share))
{
    m_share->loads[m_loopIndex].fetch_add(1, std::memory_order_relaxed);
    if (forVisitor)
        setServing(true);
    else
        joinReady();
}

WorkConnection::~WorkConnection()
{
    m_share->loads[m_loopIndex].fetch_sub(1, std::memory_order_relaxed);
    setServing(false);
    leaveReady();
}

void WorkConnection::setServing(bool on)
{
    if (std::exchange(m_serving, on) != on)
        m_share->users[m_loopIndex].fetch_add(on ? 1 : -1, std::memory_order_relaxed);
}

/// The connection waits for a visitor, or is about to.
void WorkConnection::joinReady()
{
    m_counted = true;
    m_share->ready.fetch_add(1);
    m_share->links[m_loopIndex].push_back(this);
}

/// The connection does not (or no longer) wait for a visitor.
void WorkConnection::leaveReady()
{
    if (!std::exchange(m_counted, false))
        return;
    m_share->ready.fetch_sub(1);
    std::erase(m_share->links[m_loopIndex], this);
}

void WorkConnection::close()
{
    if (m_state <= State::Returning)
        end();
}

void WorkConnection::cancelDial()
{
    if (m_state < State::Waiting)
        end();
}

void WorkConnection::lose()
{
    m_share->lost.fetch_add(1);
    end();
}

/// The server has more waiting connections than it needs, or the session is over. A returned connection above
/// the wanted number closes without a log line.
void WorkConnection::yield()
{
    int wanted = m_share->wanted.load();
    if (m_share->ready.load() > wanted)
        return end();
    while (wanted > m_share->minIdle && !m_share->wanted.compare_exchange_weak(wanted, wanted - 1)) { }
    lose();
}

/// Enough other connections have returned meanwhile; then this one is not counted any more.
bool WorkConnection::isSurplus()
{
    int ready = m_share->ready.load();
    while (ready > m_share->wanted.load()) {
        if (!m_share->ready.compare_exchange_weak(ready, ready - 1))
            continue;
        m_counted = false;
        std::erase(m_share->links[m_loopIndex], this);
        return true;
    }
    return false;
}

void WorkConnection::end()
{
    leaveRest();
    if (std::exchange(m_state, State::Ended) == State::Ended)
        return;
    leaveReady();
    leaveReaching();
    loop().finish(this);
}

void WorkConnection::onIo(int side, IoEvents events)
{
    if (m_state == State::Relaying) {
        if (side == serviceSide && events.readable)
            loop().cancelRunWhenIdle(this); // send ProxyConnReady together with the service's first bytes
        return relayIo(side, events);
    }
    if (side == serviceSide && (m_state == State::Returning || m_isSwitching))
        return; // an event of the connection that has just been closed
    remember(side, events);
    if (side == serviceSide) {
        if (m_state == State::Reaching && events.writable)
            onServiceWritable();
        return;
    }
    if (!m_server) // the start has failed
        return;
    if (events.writable)
        m_server->setWritable();
    if (events.readable)
        m_server->setReadable();
    if (events.hungUp)
        m_server->setHungUp();
    if (m_server->hasUnsent() && m_server->isWritable() && !m_server->flush())
        return lose();
    if (m_state == State::Dialling && events.writable)
        onDialled();
    else if (m_state == State::AskingProxy && (events.readable || events.hungUp))
        askProxy();
    else if (m_state == State::Securing)
        loop().queueHandshake(this);
    if (m_state == State::Waiting && events.readable)
        onServerReadable();
    // While the service is being connected, further bytes of the visitor stay in the kernel.
    if (m_state == State::Reaching && events.broken)
        end();
}

void WorkConnection::onTick(qint64 nowMs)
{
    if (nowMs < m_deadlineMs)
        return;
    if (m_state < State::Waiting) {
        complain(u"it does not answer"_s);
        lose();
    } else if (m_state == State::Reaching) {
        failService(u"it does not answer"_s);
    }
}

bool WorkConnection::wantsRead(int side) const
{
    if (m_state == State::Relaying)
        return RelayHandler::wantsRead(side);
    return side == serverSide
        && (m_state == State::Waiting || m_state == State::AskingProxy
            || (m_state == State::Securing && !awaitsHandshakeTurn()));
}

bool WorkConnection::wantsWrite(int side) const
{
    if (m_state == State::Relaying)
        return RelayHandler::wantsWrite(side);
    if (side == serverSide)
        return m_state == State::Dialling || (m_server && m_server->hasUnsent());
    return m_state == State::Reaching && !m_isSwitching;
}

/// False if the introduction cannot be sent, or not yet.
bool WorkConnection::introduce()
{
    if (!net::sendWhole(m_server->fd(), m_share->introduction))
        return false;
    m_state = State::Waiting;
    return true;
}

void WorkConnection::onDialled()
{
    const Result<void> connected = net::connectResult(m_server->fd());
    if (connected && m_share->route.proxy) {
        m_state = State::AskingProxy;
        m_proxyHandshake = std::make_unique<ProxyHandshake>(*m_share->route.proxy);
        return askProxy();
    }
    if (connected)
        return onServerReached();
    complain(connected.error().detail);
    lose();
}

void WorkConnection::askProxy()
{
    const Result<ProxyHandshake::Progress> progress = net::exchange(*m_proxyHandshake, m_server->fd());
    if (!progress) {
        complain(progress.error().detail);
        return lose();
    }
    if (*progress != ProxyHandshake::Progress::Done)
        return;
    m_proxyHandshake.reset();
    onServerReached();
}

/// The connection to the server is established, perhaps through a proxy.
void WorkConnection::onServerReached()
{
    if (m_server->tls()) {
        m_state = State::Securing;
        return loop().queueHandshake(this);
    }
    if (introduce())
        return loop().setTicking(this, false);
    complain(u"the connection broke"_s);
    lose();
}

void WorkConnection::secure()
{
    const TlsState::Progress progress = m_server->handshake(m_share->introduction);
    if (progress == TlsState::Progress::Failed) {
        complain(m_server->tls()->whyFailed());
        return lose();
    }
    if (progress == TlsState::Progress::Waiting)
        return;
    m_state = State::Waiting;
    loop().setTicking(this, false);
    onServerReadable(); // there may be bytes after the last message of the handshake
}

void WorkConnection::onServerReadable()
{
    std::vector<char> &buffer = loop().scratch().buffer;
    while (m_state == State::Waiting && m_server->isReadable()) {
        const WireRead got = m_server->read(buffer.data(), buffer.size());
        if (got.status != WireStatus::Open) {
            return yield();
        }
        if (!m_server->isReadable())
            noteDrained(serverSide);
        m_received.append(buffer.data(), qsizetype(got.bytes));
        onReceived();
    }
}

void WorkConnection::onReceived()
{
    if (m_received.size() < proto::frameHeaderSize)
        return;
    const Result<quint32> length = proto::frameLength(m_received.constData(), proto::maxFrameBeforeLogin);
    if (!length) {
        logThrottled(badWorkConnection, u"A work connection is closed: "_s + length.error().detail);
        return lose();
    }
    const qsizetype frameSize = proto::frameHeaderSize + *length;
    if (m_received.size() >= frameSize)
        onStartFrame(frameSize);
}

/// Called about once a second for some of the connections; most of them have ended by then.
void WorkConnection::onInspection(const SilenceLimits &limits)
{
    if ((m_server || isRelaying()) && !std::exchange(m_keptAlive, true))
        net::keepAlive(isRelaying() ? relayFd(serverSide) : m_server->fd());
    if (m_watch)
        m_watch->inspect(loop().nowMs());
    RelayHandler::onInspection(limits);
}

} // namespace frpx::client
