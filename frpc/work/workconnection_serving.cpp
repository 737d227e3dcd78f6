// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// The part of WorkConnection with a visitor: from StartProxyConn to the end of the relay.

#include "common/net/sockets.h"
#include "common/protocol/framedecoder.h"
#include "common/protocol/messages.h"
#include "frpc/work/logkinds.h"
#include "frpc/work/workconnection.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

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
    m_proxyConnId = start->proxyConnId;
    m_tunnel = start->tunnel.value_or(QString());
    TunnelTarget target = m_share->services->find(m_tunnel).value_or(TunnelTarget());
    m_target = std::move(target.service);
    m_meter = target.meter ? std::move(target.meter) : m_share->meter;
    m_received.remove(0, frameSize);
    if (start->chunks.value_or(false)) {
        m_chunks = std::make_unique<ChunkCodec>(!m_server->tls());
        m_received.truncate(
            qsizetype(m_chunks->decode(m_received.data(), static_cast<size_t>(m_received.size()))));
        if (m_chunks->isViolated()) {
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
    if (const size_t calmest = calmestLoop(); calmest != m_loopIndex) {
        moveTo(calmest);
    } else {
        setServing(true);
        reachService();
    }
    dialReplacement();
}

/// Chooses the loop for the new visitor. The server does not know of loops: it takes the connection that
/// waits for the shortest time, which may give one loop nearly all visitors.
size_t WorkConnection::calmestLoop() const
{
    const std::vector<std::atomic<int>> &users = m_share->users;
    const auto fewest = std::min_element(users.begin(), users.end());
    const int theirs = fewest->load(std::memory_order_relaxed);
    // A move to another thread has a cost, so a small difference does not justify it.
    return users[m_loopIndex].load(std::memory_order_relaxed) > theirs + theirs / 16 + 2
        ? static_cast<size_t>(fewest - users.begin())
        : m_loopIndex;
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
    moved->m_tunnel = m_tunnel;
    moved->m_target = std::move(m_target);
    moved->m_meter = std::move(m_meter);
    moved->m_proxyConnId = m_proxyConnId;
    moved->m_chunks = std::move(m_chunks);
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

/// In its own loop, or in another one that has fewer connections, so that fewer have to move later.
void WorkConnection::dialReplacement()
{
    const int restMs = m_share->replaceAfterMs;
    std::vector<std::atomic<int>> &loads = m_share->loads;
    const size_t other = m_share->compared.fetch_add(1, std::memory_order_relaxed) % loads.size();
    const int theirs = loads[other].load(std::memory_order_relaxed);
    if (loads[m_loopIndex].load(std::memory_order_relaxed) <= theirs + theirs / 8 + 2)
        return start(loop(), m_loopIndex, m_share, restMs); // a call to another thread has a cost
    loads[other].fetch_add(1, std::memory_order_relaxed);
    m_share->relays->loop(other).post([other, restMs, share = m_share](IoLoop &inThread) {
        // From here on the new connection counts itself.
        share->loads[other].fetch_sub(1, std::memory_order_relaxed);
        WorkConnection::start(inThread, other, share, restMs);
    });
}

void WorkConnection::reachService()
{
    if (!m_target.isKnown())
        return failService(
            m_target.name.isEmpty() ? u"the tunnel is closed"_s : u"its address is not known"_s);
    m_race = net::AddressRace(m_target.count());
    m_deadlineMs = loop().nowMs() + m_share->reachTimeoutMs;
    loop().setTicking(this, true);
    tryNextAddress();
}

/// Tries the addresses that are due. Most services have one.
void WorkConnection::tryNextAddress()
{
    while (m_state == State::Reaching) {
        const std::optional<size_t> next = m_race.takeNext(loop().nowMs());
        if (!next)
            break;
        if (!tryAddress(*next))
            return;
    }
    if (m_state == State::Reaching && m_race.nextAtMs())
        loop().resumeAt(this, *m_race.nextAtMs());
}

/// \return false if the next address has to wait: \a index is tried again, or the connection has failed.
bool WorkConnection::tryAddress(size_t index)
{
    constexpr int busyDelayMs = 20;
    const net::FirstWord firstWord = m_received.isEmpty() ? net::FirstWord::Unknown : net::FirstWord::Ours;
    Result<UniqueFd> fd = net::startConnect(m_target, index, firstWord);
    if (!fd && fd.error().code == Errc::Busy) {
        const qint64 againAtMs = loop().nowMs() + busyDelayMs;
        m_race.postpone(againAtMs);
        loop().resumeAt(this, againAtMs);
        return false;
    }
    if (!fd) {
        onAddressFailed(fd.error().detail);
        return m_state == State::Reaching;
    }
    net::prepareLocalStream(fd->get());
    if (m_service) { // the previous address has not answered yet
        if (RivalConnect *rival = RivalConnect::start(loop(), *this, index, std::move(*fd)))
            m_rivals.push_back(rival);
        else
            onAddressFailed(u"out of descriptors"_s);
        return m_state == State::Reaching;
    }
    m_service = std::move(*fd);
    m_address = index;
    if (loop().watch(this, serviceSide, m_service.get()))
        return true;
    failService(u"out of descriptors"_s);
    return false;
}

void WorkConnection::onRivalDecided(RivalConnect *rival)
{
    std::erase(m_rivals, rival);
    const Result<void> connected = net::connectResult(rival->fd());
    if (!connected) {
        onAddressFailed(connected.error().detail);
        if (m_state == State::Reaching)
            tryNextAddress();
        return;
    }
    if (m_service)
        loop().unwatch(this, serviceSide, m_service.get());
    m_service = rival->takeFd();
    m_address = rival->index();
    forget(serviceSide);
    // This round of events may still contain events of the descriptor that has just been closed.
    m_isSwitching = true;
    leaveReaching();
    loop().requeue(this);
}

/// One address of the service does not answer; others may.
void WorkConnection::onAddressFailed(const QString &reason)
{
    m_lastFault = reason;
    m_race.onFailed();
    if (m_race.isLost())
        failService(reason);
}

/// Stops trying addresses.
void WorkConnection::leaveReaching()
{
    if (m_race.nextAtMs())
        loop().resumeAt(this, 0);
    m_race = net::AddressRace();
    for (RivalConnect *rival : std::exchange(m_rivals, {}))
        loop().finish(rival);
}

void WorkConnection::onServiceWritable()
{
    if (loop().nowMs() >= m_deadlineMs) // this machine was suspended meanwhile: the server has given up
        return failService(u"it does not answer"_s);
    const Result<void> connected = net::connectResult(m_service.get());
    if (!connected) {
        loop().unwatch(this, serviceSide, m_service.get());
        m_service.reset();
        forget(serviceSide);
        onAddressFailed(connected.error().detail);
        if (m_state == State::Reaching)
            tryNextAddress();
        return;
    }
    leaveReaching();
    if (m_address > 0)
        m_share->services->prefer(m_tunnel, m_target.addresses.at(static_cast<qsizetype>(m_address)));
    static const QByteArray readyFrame = proto::encodeFrame(proto::ProxyConnReady{});
    // Sent before a single byte is passed on, as the server relies on it. Once the kernel has the message, it
    // arrives even if this process ends. It may travel with the service's first bytes.
    if (m_server->tls() ? !m_server->write(readyFrame, true) : !net::sendWithNext(m_server->fd(), readyFrame))
        return end();
    loop().runWhenIdle(this);
    loop().setTicking(this, false);
    m_state = State::Relaying;
    RelayJob job{m_server->takeFd(), std::move(m_service), std::exchange(m_received, {}), std::move(m_meter)};
    job.visitorTls = m_server->takeTls();
    job.visitorChunks = std::move(m_chunks);
    if (m_share->silentService && m_tunnel.isEmpty())
        job.totals = m_watch.emplace(m_share->silentService).begin();
    m_server.reset();
    startRelay(std::move(job));
    runRelay();
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
    m_meter.reset();
    m_watch.reset();
    setServing(false);
    joinReady();
    // Wait until this round of events is over: its events of the old service descriptor must not be taken for
    // events of the next one.
    m_state = State::Returning;
    loop().cancelRunWhenIdle(this);
    loop().requeue(this);
}

void WorkConnection::failService(const QString &reason)
{
    m_share->serviceFailed = true;
    const QString what = u"the local service %1: %2"_s.arg(m_target.name, reason);
    logThrottled(cannotServe, u"Cannot serve a connection: "_s + what, m_target.name);
    m_server->write(proto::encodeFrame(proto::ProxyConnFailed{m_proxyConnId, what}));
    end();
}

} // namespace frpx::client
