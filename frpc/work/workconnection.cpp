// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/workconnection.h"

#include "common/net/sockets.h"
#include "common/protocol/frpx/framedecoder.h"
#include "common/protocol/frpx/messages.h"
#include "frpc/work/logkinds.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr qint64 dialTimeoutMs = 10'000;

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
    ServerDial &dial = m_serverDial.emplace(loop(), *this, m_share->route, m_share->introduction);
    const ServerDial::Progress progress =
        dial.start(ServerDial::beginConnect(m_share->route, net::FirstWord::Ours));
    if (progress == ServerDial::Progress::Failed)
        return step(progress);
    const int fd = dial.fd();
    m_deadlineMs = loop().nowMs() + dialTimeoutMs;
    loop().setTicking(this, true);
    step(dial.introduceEarly());
    if (!loop().watch(this, serverSide, fd))
        lose();
}

void WorkConnection::step(ServerDial::Progress progress)
{
    if (progress == ServerDial::Progress::Connected)
        progress = m_serverDial->introduce();
    if (progress == ServerDial::Progress::Failed) {
        logThrottled(cannotDial, u"Cannot dial the server's proxy port: "_s + m_serverDial->fault());
        return lose();
    }
    if (progress != ServerDial::Progress::Done)
        return;
    m_server.emplace(m_serverDial->take());
    m_serverDial.reset();
    m_state = State::Waiting;
    loop().setTicking(this, false);
    onServerReadable(); // there may be bytes after the last message of a handshake
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
        m_serviceDial.onTurn();
    } else {
        RelayHandler::onTurn();
    }
}

WorkConnection::WorkConnection(
    IoLoop &loop, size_t loopIndex, std::shared_ptr<WorkContext> share, bool forVisitor)
    : RelayHandler(loop)
    , m_loopIndex(loopIndex)
    , m_share(std::move(share))
    , m_serviceDial(loop, *this, *this, serviceSide)
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
    m_serviceDial.stop();
    loop().finish(this);
}

void WorkConnection::onIo(int side, IoEvents events)
{
    if (m_state == State::Relaying) {
        if (side == serviceSide && events.readable)
            loop().cancelRunWhenIdle(this); // send ProxyConnReady together with the service's first bytes
        return relayIo(side, events);
    }
    if (side == serviceSide)
        return onServiceIo(events);
    remember(side, events);
    if (m_state == State::Dialling)
        return step(m_serverDial->onIo(events));
    if (!m_server)
        return;
    if (events.writable)
        m_server->setWritable();
    if (events.readable)
        m_server->setReadable();
    if (events.hungUp)
        m_server->setHungUp();
    if (m_server->hasUnsent() && m_server->isWritable() && !m_server->flush())
        return lose();
    if (m_state == State::Waiting && events.readable)
        onServerReadable();
    // While the service is being connected, further bytes of the visitor stay in the kernel.
    if (m_state == State::Reaching && events.broken)
        end();
}

/// While Reaching; earlier events are those of a connection that has been closed.
void WorkConnection::onServiceIo(IoEvents events)
{
    if (m_state != State::Reaching || !m_serviceDial.isWatching())
        return;
    forget(serviceSide);
    remember(serviceSide, events);
    if (loop().nowMs() >= m_deadlineMs) // this machine was suspended meanwhile: the server has given up
        return onServiceFailed(u"it does not answer"_s);
    m_serviceDial.onIo(events);
}

void WorkConnection::onTick(qint64 nowMs)
{
    if (nowMs < m_deadlineMs)
        return;
    if (m_state < State::Waiting) {
        logThrottled(cannotDial, u"Cannot dial the server's proxy port: it does not answer"_s);
        lose();
    } else if (m_state == State::Reaching) {
        onServiceFailed(u"it does not answer"_s);
    }
}

bool WorkConnection::wantsRead(int side) const
{
    if (m_state == State::Relaying)
        return RelayHandler::wantsRead(side);
    const bool isDialling = m_state == State::Dialling && m_serverDial->wantsRead() && !awaitsHandshakeTurn();
    return side == serverSide && (m_state == State::Waiting || isDialling);
}

bool WorkConnection::wantsWrite(int side) const
{
    if (m_state == State::Relaying)
        return RelayHandler::wantsWrite(side);
    if (side == serverSide)
        return m_state == State::Dialling ? m_serverDial->wantsWrite() : m_server && m_server->hasUnsent();
    return m_serviceDial.wantsWrite();
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

void WorkConnection::onStartFrame(qsizetype frameSize)
{
    const Result<proto::Message> message = proto::decode(
        QByteArrayView(m_received).sliced(proto::frameHeaderSize, frameSize - proto::frameHeaderSize));
    const auto *start = message ? std::get_if<proto::StartProxyConn>(&*message) : nullptr;
    if (!start) {
        logThrottled(badWorkConnection,
            u"A work connection is closed: "_s
                + (message ? u"the message is not expected"_s : message.error().detail));
        return lose();
    }
    m_visitor.proxyConnId = start->proxyConnId;
    m_visitor.tunnel = start->tunnel.value_or(QString());
    TunnelTarget target = m_share->services->find(m_visitor.tunnel).value_or(TunnelTarget());
    m_visitor.target = std::move(target.service);
    m_visitor.meter = target.meter ? std::move(target.meter) : m_share->meter;
    m_received.remove(0, frameSize);
    if (start->chunks.value_or(false)) {
        m_visitor.chunks = std::make_unique<ChunkCodec>(!m_server->tls());
        m_received.truncate(
            qsizetype(m_visitor.chunks->decode(m_received.data(), static_cast<size_t>(m_received.size()))));
        if (m_visitor.chunks->isViolated()) {
            logThrottled(
                badWorkConnection, u"A work connection is closed: the visitor's bytes are not in chunks"_s);
            return lose();
        }
    }
    if (const auto version = target.proxyProtocol.value_or(m_share->proxyProtocol);
        version != proxyproto::Version::None)
        m_received.prepend(proxyproto::encode(version, proxyproto::headerOf(start->visitor)));
    if (!target.greeting.isEmpty())
        m_received.prepend(target.greeting);
    leaveReady();
    m_state = State::Reaching;
    // The visitor has precedence over the replacement.
    if (const size_t calmest = m_share->loopForVisitor(m_loopIndex); calmest != m_loopIndex) {
        moveTo(calmest);
    } else {
        setServing(true);
        reachService();
    }
    dialReplacement();
}

/// Continues with the visitor in another loop, as another object.
void WorkConnection::moveTo(size_t loopIndex)
{
    loop().unwatch(this, serverSide, m_server->fd());
    IoLoop &target = m_share->relays->loop(loopIndex);
    auto moved = std::make_unique<WorkConnection>(target, loopIndex, m_share, true);
    moved->m_state = m_state;
    std::unique_ptr<TlsState> tls = m_server->takeTls();
    const bool writable = m_server->isWritable();
    moved->m_server.emplace(m_server->takeFd(), std::move(tls), target.scratch().records);
    if (writable)
        moved->m_server->setWritable(); // a new watch reports the other events again
    m_server.reset();
    moved->m_received = std::move(m_received);
    moved->m_visitor = std::move(m_visitor);
    moved->m_keptAlive = m_keptAlive;
    m_share->relays->handOver(loopIndex, [link = std::move(moved)](IoLoop &inThread) mutable {
        WorkConnection *arrived = link.get();
        inThread.adopt(std::move(link));
        if (inThread.watch(arrived, serverSide, arrived->m_server->fd()))
            arrived->reachService();
        else
            arrived->lose();
    });
    end();
}

void WorkConnection::dialReplacement()
{
    const int restMs = m_share->replaceAfterMs;
    const size_t index = m_share->loopForReplacement(m_loopIndex);
    if (index == m_loopIndex)
        return start(loop(), index, m_share, restMs);
    m_share->loads[index].fetch_add(1, std::memory_order_relaxed);
    m_share->relays->loop(index).post([index, restMs, share = m_share](IoLoop &inThread) {
        // From here on the new connection counts itself.
        share->loads[index].fetch_sub(1, std::memory_order_relaxed);
        WorkConnection::start(inThread, index, share, restMs);
    });
}

void WorkConnection::reachService()
{
    net::DialTarget &target = m_visitor.target;
    if (!target.isKnown())
        return onServiceFailed(
            target.name.isEmpty() ? u"the tunnel is closed"_s : u"its address is not known"_s);
    m_deadlineMs = loop().nowMs() + m_share->reachTimeoutMs;
    loop().setTicking(this, true);
    m_serviceDial.start(target, m_received.isEmpty() ? net::FirstWord::Unknown : net::FirstWord::Ours);
}

void WorkConnection::onServiceReached()
{
    if (const std::optional<QHostAddress> address = m_serviceDial.laterAddress())
        m_share->services->prefer(m_visitor.tunnel, *address);
    static const QByteArray readyFrame = proto::encodeFrame(proto::ProxyConnReady{});
    // Sent before a single byte is passed on, as the server relies on it. Once the kernel has the message, it
    // arrives even if this process ends. It may travel with the service's first bytes.
    if (m_server->tls() ? !m_server->write(readyFrame, true) : !net::sendWithNext(m_server->fd(), readyFrame))
        return end();
    loop().runWhenIdle(this);
    loop().setTicking(this, false);
    m_state = State::Relaying;
    RelayJob job{m_server->takeFd(), m_serviceDial.takeFd(), std::exchange(m_received, {}),
        std::move(m_visitor.meter)};
    job.visitorTls = m_server->takeTls();
    job.visitorChunks = std::move(m_visitor.chunks);
    if (m_share->silentService && m_visitor.tunnel.isEmpty())
        job.totals = m_watch.emplace(m_share->silentService).begin();
    m_server.reset();
    startRelay(std::move(job));
    runRelay();
}

void WorkConnection::onServiceFailed(const QString &reason)
{
    m_share->serviceFailed = true;
    const QString &service = m_visitor.target.name;
    const QString what = u"the local service %1: %2"_s.arg(service, reason);
    logThrottled(cannotServe, u"Cannot serve a connection: "_s + what, service);
    m_server->write(proto::encodeFrame(proto::ProxyConnFailed{m_visitor.proxyConnId, what}));
    end();
}

void WorkConnection::onIdle()
{
    if (isRelaying())
        net::sendHeldBack(relayFd(serverSide));
}

void WorkConnection::onRelayEnded()
{
    QByteArray beyond;
    std::optional<Stream> server = takeReusable(serverSide, beyond);
    if (!server && isRelaying())
        // Send ProxyConnReady before a reset: the service has had this visitor's bytes.
        net::sendHeldBack(relayFd(serverSide));
    if (!server || m_share->closed)
        return end();
    m_server.emplace(std::move(*server));
    m_received = std::move(beyond);
    IoEvents known;
    known.readable = m_server->isReadable();
    remember(serverSide, known);
    m_visitor = {};
    m_watch.reset();
    setServing(false);
    joinReady();
    // Wait until this round of events is over: its events of the old service descriptor must not be taken for
    // events of the next one.
    m_state = State::Returning;
    loop().cancelRunWhenIdle(this);
    loop().requeue(this);
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
