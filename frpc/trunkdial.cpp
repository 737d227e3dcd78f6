// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/trunkdial.h"

#include "common/core/logging.h"
#include "common/net/sockets.h"
#include "common/protocol/framedecoder.h"
#include "common/protocol/messages.h"
#include "common/relay/trunk.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

constexpr qint64 dialTimeoutMs = 10'000;
constexpr qint64 restAfterFailureMs = 10'000;

} // namespace

DialledTrunks::DialledTrunks(RelayPool &relays, Server server)
    : TrunkShare(relays.size())
    , m_relays(relays)
    , m_server(std::move(server))
    , m_attempts(relays.size())
{ }

void DialledTrunks::want(size_t loop, quint32 peerLoop)
{
    if (isOver() || isFull(loop) || peerLoop >= quint32(proto::maxLoops) || loop >= size_t(proto::maxLoops))
        return;
    IoLoop &inThread = m_relays.loop(loop);
    std::vector<Attempt> &attempts = m_attempts[loop];
    std::erase_if(attempts, [now = inThread.nowMs()](const Attempt &each) {
        return each.againAtMs != 0 && each.againAtMs <= now;
    });
    if (attempts.size() >= maxPerLoop
        || std::any_of(
            attempts.begin(), attempts.end(), [&](const Attempt &each) { return each.peerLoop == peerLoop; }))
        return;
    attempts.push_back({peerLoop});
    TrunkDial::start(inThread, loop, peerLoop, shared_from_this());
}

void DialledTrunks::onDialled(size_t loop, quint32 peerLoop, bool successfully)
{
    std::vector<Attempt> &attempts = m_attempts[loop];
    const auto it = std::find_if(attempts.begin(), attempts.end(),
        [peerLoop](const Attempt &each) { return each.peerLoop == peerLoop; });
    if (successfully)
        attempts.erase(it);
    else
        it->againAtMs = m_relays.loop(loop).nowMs() + restAfterFailureMs;
}

void TrunkDial::start(IoLoop &loop, size_t loopIndex, quint32 peerLoop, std::shared_ptr<DialledTrunks> share)
{
    const WorkRoute &route = share->m_server.route;
    Result<UniqueFd> fd =
        net::startConnect(route.endpoint.address, route.endpoint.port, net::FirstWord::Ours);
    std::unique_ptr<TlsState> tls = fd && route.tls ? route.tls->connect() : nullptr;
    if (!fd || (route.tls && !tls))
        return share->onDialled(loopIndex, peerLoop, false);
    const int descriptor = fd->get();
    net::prepareLocalStream(descriptor);
    auto owned = std::make_unique<TrunkDial>(loop, loopIndex, peerLoop, std::move(share),
        Stream(std::move(*fd), std::move(tls), loop.scratch().records));
    TrunkDial *dial = owned.get();
    loop.adopt(std::move(owned));
    loop.setIncidental(dial, true);
    loop.setTicking(dial, true);
    if (!loop.watch(dial, 0, descriptor))
        dial->end(false, u"out of descriptors"_s);
}

TrunkDial::TrunkDial(
    IoLoop &loop, size_t loopIndex, quint32 peerLoop, std::shared_ptr<DialledTrunks> share, Stream stream)
    : m_loop(loop)
    , m_loopIndex(loopIndex)
    , m_peerLoop(peerLoop)
    , m_share(std::move(share))
    , m_stream(std::move(stream))
    , m_introduction(proto::encodeFrame(
          proto::NewWorkConn{m_share->m_server.session, int(m_peerLoop), int(m_loopIndex)}))
    , m_deadlineMs(loop.nowMs() + dialTimeoutMs)
{ }

void TrunkDial::onIo(int side, IoEvents events)
{
    Q_UNUSED(side)
    if (events.writable)
        m_stream.setWritable();
    if (events.readable)
        m_stream.setReadable();
    if (events.hungUp)
        m_stream.setHungUp();
    if (m_stream.hasUnsent() && m_stream.isWritable() && !m_stream.flush())
        return end(false, u"the connection broke"_s);
    if (m_state == State::Dialling && events.writable)
        onConnected();
    else if (m_state == State::Securing)
        m_loop.queueHandshake(this);
    else if (m_state == State::Introduced)
        readHello();
}

void TrunkDial::onConnected()
{
    const Result<void> connected = net::connectResult(m_stream.fd());
    if (!connected)
        return end(false, connected.error().detail);
    if (m_stream.tls()) {
        m_state = State::Securing;
        return m_loop.queueHandshake(this);
    }
    if (!net::sendWhole(m_stream.fd(), m_introduction))
        return end(false, u"the connection broke"_s);
    m_state = State::Introduced;
}

void TrunkDial::secure()
{
    const TlsState::Progress progress = m_stream.handshake(m_introduction);
    if (progress == TlsState::Progress::Failed)
        return end(false, m_stream.tls()->whyFailed());
    if (progress == TlsState::Progress::Waiting)
        return;
    m_state = State::Introduced;
    readHello(); // there may be something behind the last message of the handshake
}

/// The server's first word; what follows is for the Trunk.
void TrunkDial::readHello()
{
    std::vector<char> &buffer = m_loop.scratch().buffer;
    while (m_stream.isReadable() && m_received.size() < TrunkEntry::headSize) {
        const WireRead got = m_stream.read(buffer.data(), buffer.size());
        if (got.status != WireStatus::Open)
            return end(false, u"the server does not want it"_s);
        m_received.append(buffer.data(), qsizetype(got.bytes));
    }
    TrunkReader reader(m_received);
    const std::optional<TrunkEntry> hello = reader.next();
    if (reader.isViolated() || (hello && hello->kind != TrunkEntry::Kind::Hello))
        return end(false, u"the server does not greet"_s);
    if (!hello)
        return;
    m_loop.unwatch(this, 0, m_stream.fd());
    Trunk::start(
        m_loop, m_loopIndex, m_peerLoop, std::move(m_stream), m_share, false, reader.rest().toByteArray());
    end(true);
}

void TrunkDial::onTick(qint64 nowMs)
{
    if (nowMs >= m_deadlineMs)
        end(false, u"no answer"_s);
}

bool TrunkDial::wantsRead(int side) const
{
    return side == 0
        && (m_state == State::Introduced || (m_state == State::Securing && !awaitsHandshakeTurn()));
}

bool TrunkDial::wantsWrite(int side) const
{
    return side == 0 && (m_state == State::Dialling || m_stream.hasUnsent());
}

void TrunkDial::end(bool successfully, const QString &why)
{
    if (!successfully) // nobody is worse off than without
        qCDebug(lcClient).noquote() << "A trunk could not be dialled:" << why;
    m_share->onDialled(m_loopIndex, m_peerLoop, successfully);
    m_loop.finish(this);
}

} // namespace frpx::client
