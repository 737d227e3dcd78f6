// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/worklink.h"

#include "common/core/logging.h"
#include "common/net/sockets.h"
#include "common/protocol/framedecoder.h"
#include "common/protocol/messages.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr qint64 dialTimeoutMs = 10'000;
constexpr qint64 reachTimeoutMs = 4000; // before the server passes us over, so that it hears the reason

} // namespace

void WorkLink::start(IoLoop &loop, size_t loopIndex, std::shared_ptr<WorkLinkShare> share, int restMs)
{
    if (share->over || share->ready.load() >= share->wanted.load())
        return;
    auto owned = std::make_unique<WorkLink>(loop, loopIndex, std::move(share));
    WorkLink *link = owned.get();
    loop.adopt(std::move(owned));
    if (restMs == 0)
        return link->dial();
    link->m_state = State::Resting;
    loop.resumeAt(link, loop.nowMs() + restMs);
}

void WorkLink::dial()
{
    m_state = State::Dialling;
    Result<UniqueFd> fd =
        net::startConnect(m_share->serverAddress, m_share->serverPort, net::FirstWord::Ours);
    if (!fd) {
        qCWarning(lcClient).noquote() << "Cannot dial the server's proxy port:" << fd.error().detail;
        return lose();
    }
    std::unique_ptr<TlsState> tls;
    if (m_share->tls && !(tls = m_share->tls->connect()))
        return lose();
    m_server.emplace(std::move(*fd), std::move(tls), loop().scratch().records);
    net::prepareLocalStream(m_server->fd());
    // Plain, and the server is as near as this machine: then the connection is there already.
    if (m_server->tls() || !introduce()) {
        m_deadlineMs = loop().nowMs() + dialTimeoutMs;
        loop().setTicking(this, true);
    }
    if (!loop().watch(this, serverSide, m_server->fd()))
        lose();
}

void WorkLink::onTurn()
{
    if (m_state == State::Returning) {
        m_state = State::Waiting;
        onReceived();
        if (m_state == State::Waiting)
            onServerReadable();
    } else if (m_state == State::Resting) {
        if (m_share->over || isSurplus())
            return end();
        dial();
    } else {
        RelayHandler::onTurn();
    }
}

WorkLink::WorkLink(IoLoop &loop, size_t loopIndex, std::shared_ptr<WorkLinkShare> share, bool forUser)
    : RelayHandler(loop)
    , m_loopIndex(loopIndex)
    , m_share(std::move(share))
{
    m_share->loads[m_loopIndex].fetch_add(1, std::memory_order_relaxed);
    if (forUser)
        setServing(true);
    else
        joinReady();
}

WorkLink::~WorkLink()
{
    m_share->loads[m_loopIndex].fetch_sub(1, std::memory_order_relaxed);
    setServing(false);
    leaveReady();
}

void WorkLink::setServing(bool on)
{
    if (std::exchange(m_serving, on) != on)
        m_share->users[m_loopIndex].fetch_add(on ? 1 : -1, std::memory_order_relaxed);
}

/// It waits for a user, or is about to.
void WorkLink::joinReady()
{
    m_counted = true;
    m_share->ready.fetch_add(1);
    m_share->links[m_loopIndex].push_back(this);
}

/// It is not (or no longer) waiting for a user.
void WorkLink::leaveReady()
{
    if (!std::exchange(m_counted, false))
        return;
    m_share->ready.fetch_sub(1);
    std::erase(m_share->links[m_loopIndex], this);
}

void WorkLink::close()
{
    if (m_state <= State::Returning)
        end();
}

void WorkLink::cancelDial()
{
    if (m_state < State::Waiting)
        end();
}

void WorkLink::lose()
{
    m_share->lost.fetch_add(1);
    end();
}

/// The server has more waiting connections than it needs, or the session is over. Those above what is wanted
/// anyway, which have come back, may go without a word.
void WorkLink::yield()
{
    int wanted = m_share->wanted.load();
    if (m_share->ready.load() > wanted)
        return end();
    while (wanted > m_share->minIdle && !m_share->wanted.compare_exchange_weak(wanted, wanted - 1)) { }
    lose();
}

/// Meanwhile enough others have come back; then it counts no more.
bool WorkLink::isSurplus()
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

void WorkLink::end()
{
    if (std::exchange(m_state, State::Ended) == State::Ended)
        return;
    leaveReady();
    loop().finish(this);
}

void WorkLink::onIo(int side, IoEvents events)
{
    if (m_state == State::Relaying) {
        if (side == serviceSide && events.readable)
            loop().cancelLull(this); // the service's first word takes ProxyConnReady along
        return relayIo(side, events);
    }
    if (m_state == State::Returning && side == serviceSide)
        return; // news of the one that has just been closed
    remember(side, events);
    if (side == serviceSide) {
        if (m_state == State::Reaching && events.writable)
            onServiceWritable();
        return;
    }
    if (!m_server) // the end of a failed start
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
    else if (m_state == State::Securing)
        loop().queueHandshake(this);
    if (m_state == State::Waiting && events.readable)
        onServerReadable();
    // While the service is being reached, the user's further bytes stay in the kernel.
    if (m_state == State::Reaching && events.broken)
        end();
}

void WorkLink::onTick(qint64 nowMs)
{
    if (nowMs < m_deadlineMs)
        return;
    if (m_state == State::Dialling || m_state == State::Securing) {
        qCWarning(lcClient) << "The server's proxy port does not answer";
        lose();
    } else if (m_state == State::Reaching) {
        failService(u"it does not answer"_s);
    }
}

bool WorkLink::wantsRead(int side) const
{
    if (m_state == State::Relaying)
        return RelayHandler::wantsRead(side);
    return side == serverSide
        && (m_state == State::Waiting || (m_state == State::Securing && !awaitsHandshakeTurn()));
}

bool WorkLink::wantsWrite(int side) const
{
    if (m_state == State::Relaying)
        return RelayHandler::wantsWrite(side);
    if (side == serverSide)
        return m_state == State::Dialling || (m_server && m_server->hasUnsent());
    return m_state == State::Reaching;
}

/// False if that does not work, or not yet.
bool WorkLink::introduce()
{
    if (!net::sendWhole(m_server->fd(), m_share->introduction))
        return false;
    m_state = State::Waiting;
    return true;
}

void WorkLink::onDialled()
{
    const Result<void> connected = net::connectResult(m_server->fd());
    if (connected && m_server->tls()) {
        m_state = State::Securing;
        return loop().queueHandshake(this);
    }
    if (connected && introduce())
        return loop().setTicking(this, false);
    qCWarning(lcClient).noquote() << "Cannot dial the server's proxy port:"
                                  << (connected ? u"the connection broke"_s : connected.error().detail);
    lose();
}

void WorkLink::secure()
{
    const TlsState::Progress progress = m_server->handshake(m_share->introduction);
    if (progress == TlsState::Progress::Failed) {
        qCWarning(lcClient).noquote()
            << "Cannot dial the server's proxy port:" << m_server->tls()->whyFailed();
        return lose();
    }
    if (progress == TlsState::Progress::Waiting)
        return;
    m_state = State::Waiting;
    loop().setTicking(this, false);
    onServerReadable(); // there may be something behind the last message of the handshake
}

void WorkLink::onServerReadable()
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

void WorkLink::onReceived()
{
    if (m_received.size() < proto::frameHeaderSize)
        return;
    const Result<quint32> length = proto::frameLength(m_received.constData(), proto::maxFrameBeforeLogin);
    if (!length) {
        qCWarning(lcClient).noquote() << "A work connection is closed:" << length.error().detail;
        return lose();
    }
    const qsizetype frameSize = proto::frameHeaderSize + *length;
    if (m_received.size() >= frameSize)
        onStartFrame(frameSize);
}

void WorkLink::onStartFrame(qsizetype frameSize)
{
    const Result<proto::Message> message = proto::decode(
        QByteArrayView(m_received).sliced(proto::frameHeaderSize, frameSize - proto::frameHeaderSize));
    const auto *start = message ? std::get_if<proto::StartProxyConn>(&*message) : nullptr;
    if (!start) {
        qCWarning(lcClient).noquote()
            << "A work connection is closed:"
            << (message ? u"the message is not expected"_s : message.error().detail);
        return lose();
    }
    m_proxyConnId = start->proxyConnId;
    TunnelTarget target{{m_share->serviceAddress, m_share->servicePort}};
    if (start->tunnel)
        target = m_share->tunnelServices
            ? m_share->tunnelServices->find(*start->tunnel).value_or(TunnelTarget())
            : TunnelTarget();
    m_target = target.service;
    m_meter = target.meter ? std::move(target.meter) : m_share->meter;
    m_received.remove(0, frameSize);
    if (start->chunks.value_or(false)) {
        m_chunks = std::make_unique<ChunkCodec>(!m_server->tls());
        m_received.truncate(
            qsizetype(m_chunks->decode(m_received.data(), static_cast<size_t>(m_received.size()))));
        if (m_chunks->isViolated()) {
            qCWarning(lcClient) << "A work connection is closed: the user's bytes are not in chunks";
            return lose();
        }
    }
    if (const auto version = target.proxyProtocol.value_or(m_share->proxyProtocol);
        version != proxyproto::Version::None)
        m_received.prepend(proxyproto::encode(version, proxyproto::headerOf(start->user)));
    if (!target.greeting.isEmpty())
        m_received.prepend(target.greeting);
    leaveReady();
    m_state = State::Reaching;
    // The user goes first.
    if (const size_t calmest = calmestLoop(); calmest != m_loopIndex) {
        moveTo(calmest);
    } else {
        setServing(true);
        reachService();
    }
    dialReplacement();
}

/// The loop for the user who has just come. The server does not know of loops: it takes the connection that
/// waits for the shortest time, so left alone one loop may get nearly all of the users.
size_t WorkLink::calmestLoop() const
{
    const std::vector<std::atomic<int>> &users = m_share->users;
    const auto fewest = std::min_element(users.begin(), users.end());
    const int theirs = fewest->load(std::memory_order_relaxed);
    // To call upon another thread is not free: a few more or less are no reason.
    return users[m_loopIndex].load(std::memory_order_relaxed) > theirs + theirs / 16 + 2
        ? static_cast<size_t>(fewest - users.begin())
        : m_loopIndex;
}

/// Goes on with the user in another loop, as another object.
void WorkLink::moveTo(size_t loopIndex)
{
    loop().unwatch(this, serverSide, m_server->fd());
    IoLoop &target = m_share->relays->loop(loopIndex);
    auto moved = std::make_unique<WorkLink>(target, loopIndex, m_share, true);
    moved->m_state = m_state;
    std::unique_ptr<TlsState> tls = m_server->takeTls();
    const bool writable = m_server->isWritable();
    moved->m_server.emplace(m_server->takeFd(), std::move(tls), target.scratch().records);
    if (writable)
        moved->m_server->setWritable(); // the rest is told anew to who watches anew
    m_server.reset();
    moved->m_received = std::move(m_received);
    moved->m_target = m_target;
    moved->m_meter = std::move(m_meter);
    moved->m_proxyConnId = m_proxyConnId;
    moved->m_chunks = std::move(m_chunks);
    moved->m_keptAlive = m_keptAlive;
    m_share->relays->handOver(loopIndex, [link = std::move(moved)](IoLoop &inThread) mutable {
        WorkLink *arrived = link.get();
        inThread.adopt(std::move(link));
        if (inThread.watch(arrived, serverSide, arrived->m_server->fd()))
            arrived->reachService();
        else
            arrived->lose();
    });
    end();
}

/// In its own loop, or in another one that has fewer connections: the less has to be moved.
void WorkLink::dialReplacement()
{
    const int restMs = m_share->replaceAfterMs;
    std::vector<std::atomic<int>> &loads = m_share->loads;
    const size_t other = m_share->compared.fetch_add(1, std::memory_order_relaxed) % loads.size();
    const int theirs = loads[other].load(std::memory_order_relaxed);
    if (loads[m_loopIndex].load(std::memory_order_relaxed) <= theirs + theirs / 8 + 2)
        return start(loop(), m_loopIndex, m_share, restMs); // to call upon another thread is not free
    loads[other].fetch_add(1, std::memory_order_relaxed);
    m_share->relays->loop(other).post([other, restMs, share = m_share](IoLoop &inThread) {
        share->loads[other].fetch_sub(1, std::memory_order_relaxed); // from here on it counts itself
        WorkLink::start(inThread, other, share, restMs);
    });
}

void WorkLink::reachService()
{
    if (m_target.address.isNull())
        return failService(u"it is not known (any more)"_s);
    const net::FirstWord firstWord = m_received.isEmpty() ? net::FirstWord::Unknown : net::FirstWord::Ours;
    Result<UniqueFd> fd = net::startConnect(m_target.address, m_target.port, firstWord);
    if (!fd)
        return failService(fd.error().detail);
    m_service = std::move(*fd);
    net::prepareLocalStream(m_service.get());
    m_deadlineMs = loop().nowMs() + reachTimeoutMs;
    loop().setTicking(this, true);
    if (!loop().watch(this, serviceSide, m_service.get()))
        failService(u"out of descriptors"_s);
}

void WorkLink::onServiceWritable()
{
    if (loop().nowMs() >= m_deadlineMs) // this machine was suspended meanwhile: the server has given us up
        return failService(u"it does not answer"_s);
    const Result<void> connected = net::connectResult(m_service.get());
    if (!connected)
        return failService(connected.error().detail);
    static const QByteArray readyFrame = proto::encodeFrame(proto::ProxyConnReady{});
    // Said before a single byte is passed on: the server relies on it. Handing it to the kernel says it, also
    // if this process ends now. It may travel with the service's answer, if that comes while there are others
    // to serve.
    if (m_server->tls() ? !m_server->write(readyFrame, true) : !net::sendWithNext(m_server->fd(), readyFrame))
        return end();
    loop().callAtLull(this);
    loop().setTicking(this, false);
    m_state = State::Relaying;
    RelayJob job{m_server->takeFd(), std::move(m_service), std::exchange(m_received, {}), std::move(m_meter)};
    job.userTls = m_server->takeTls();
    job.userChunks = std::move(m_chunks);
    m_server.reset();
    startRelay(std::move(job));
    runRelay();
}

void WorkLink::onLull()
{
    if (isRelaying())
        net::sendHeldBack(relayFd(serverSide));
}

void WorkLink::onRelayEnded()
{
    QByteArray beyond;
    std::optional<Stream> server = takeReusable(serverSide, beyond);
    if (!server && isRelaying())
        net::sendHeldBack(relayFd(serverSide)); // before a reset: that the service had this user's bytes
    if (!server || m_share->closed)
        return end();
    m_server.emplace(std::move(*server));
    m_received = std::move(beyond);
    IoEvents known;
    known.readable = m_server->isReadable();
    remember(serverSide, known);
    m_meter.reset();
    setServing(false);
    joinReady();
    // Not before this round of events is over: it may have news of the service's connection, which must not
    // be taken for news of the next one.
    m_state = State::Returning;
    loop().cancelLull(this);
    loop().requeue(this);
}

/// Sooner or later, about once a second for some of the connections: most of them are over by then.
void WorkLink::onInspection(const SilenceLimits &limits)
{
    if ((m_server || isRelaying()) && !std::exchange(m_keptAlive, true))
        net::keepAlive(isRelaying() ? relayFd(serverSide) : m_server->fd());
    RelayHandler::onInspection(limits);
}

void WorkLink::failService(const QString &reason)
{
    m_share->serviceFailed = true;
    const QString what = u"the local service %1: %2"_s.arg(m_target.toString(), reason);
    qCWarning(lcClient).noquote() << "Cannot serve a connection:" << what;
    m_server->write(proto::encodeFrame(proto::ProxyConnFailed{m_proxyConnId, what}));
    end();
}

} // namespace frpx::client
