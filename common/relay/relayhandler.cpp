// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relayhandler.h"

#include "common/core/logging.h"

namespace frpx {

namespace {

template <typename AnyRelay>
void tell(AnyRelay &relay, int side, IoEvents events)
{
    const Relay::Side which = relaySide(side);
    if (events.readable)
        relay.setReadable(which);
    if (events.writable)
        relay.setWritable(which);
    if (events.urgent)
        relay.setUrgent(which);
    if (events.hungUp)
        relay.setHungUp(which);
    if (events.broken)
        relay.setBroken(which);
}

} // namespace

void RelayHandler::start(IoLoop &loop, RelayJob job)
{
    const int user = job.visitor.get();
    const int service = job.service.get();
    auto owned = std::make_unique<RelayHandler>(loop);
    RelayHandler *handler = owned.get();
    handler->startRelay(std::move(job));
    loop.adopt(std::move(owned));
    // watch() reports the current readiness, which starts the relay.
    if (!loop.watch(handler, 0, user) || !loop.watch(handler, 1, service))
        return loop.finish(handler);
    if (handler->m_streams) // TLS may have read bytes already for which no event follows
        loop.requeue(handler);
}

RelayHandler::~RelayHandler()
{
    if (isRelaying())
        m_loop.countRelays(-1);
}

void RelayHandler::startRelay(RelayJob job)
{
    m_loop.countRelays(1);
    if (StreamRelay::isNeededFor(job))
        m_streams = std::make_unique<StreamRelay>(std::move(job), m_loop.scratch());
    else
        m_relay = std::make_unique<Relay>(std::move(job), m_loop.scratch());
    for (const int side : {0, 1})
        withRelay([side, events = m_remembered[size_t(side)]](auto &relay) { tell(relay, side, events); });
}

int RelayHandler::relayFd(int side) const
{
    return withRelay([side](const auto &relay) { return relay.fd(relaySide(side)); });
}

bool RelayHandler::wantsRead(int side) const
{
    return isRelaying() && withRelay([side](const auto &relay) { return relay.wantsRead(relaySide(side)); });
}

bool RelayHandler::wantsWrite(int side) const
{
    return isRelaying() && withRelay([side](const auto &relay) { return relay.wantsWrite(relaySide(side)); });
}

bool RelayHandler::wantsError(int side) const
{
    return isRelaying() && withRelay([side](const auto &relay) { return relay.wantsError(relaySide(side)); });
}

void RelayHandler::remember(int side, IoEvents events)
{
    m_remembered[size_t(side)].readable |= events.readable;
    m_remembered[size_t(side)].hungUp |= events.hungUp;
    m_remembered[size_t(side)].urgent |= events.urgent;
}

void RelayHandler::relayIo(int side, IoEvents events)
{
    withRelay([side, events](auto &relay) { tell(relay, side, events); });
    runRelay();
}

bool RelayHandler::cut(const void *key)
{
    if (!isRelaying() || !withRelay([key](auto &relay) { return relay.holds(key); }))
        return false;
    withRelay([](auto &relay) { relay.cut(); });
    m_loop.finish(this);
    return true;
}

void RelayHandler::onTurn()
{
    runRelay();
}

void RelayHandler::onTick(qint64 nowMs)
{
    if (m_looksAtLoad)
        lookAtLoad(nowMs);
}

void RelayHandler::lookAtLoad(qint64 nowMs)
{
    m_looksAtLoad = withRelay([nowMs](auto &relay) { return relay.load().look(nowMs); });
    m_loop.setTicking(this, m_looksAtLoad);
}

void RelayHandler::onInspection(const SilenceLimits &limits)
{
    if (!isRelaying() || !withRelay([&limits](auto &relay) { return relay.hasLostPeer(limits); }))
        return;
    qCDebug(lcRelay) << "A connection is cut: its peer does not acknowledge data any more";
    m_loop.finish(this);
}

void RelayHandler::runRelay()
{
    const Relay::Outcome outcome =
        withRelay([this](auto &relay) { return relay.run(relay.isLimited() ? m_loop.nowMs() : 0); });
    if (outcome == Relay::Outcome::Ended)
        return onRelayEnded();
    if (!m_looksAtLoad && withRelay([](auto &relay) { return relay.load().wantsLook(); }))
        lookAtLoad(m_loop.nowMs());
    if (m_streams && m_streams->isOutgrown())
        return outgrow();
    if (outcome == Relay::Outcome::MoreToDo)
        return m_loop.requeue(this);
    withRelay([this](const auto &relay) {
        if (relay.isLimited())
            m_loop.resumeAt(this, relay.resumeAtMs());
    });
}

/// The chunks have ended: the rest is raw bytes between two plain connections, for a Relay.
void RelayHandler::outgrow()
{
    const std::unique_ptr<StreamRelay> released = std::move(m_streams);
    m_relay = std::make_unique<Relay>(released->release(), m_loop.scratch());
    const StreamRelay *before = released.get();
    for (const int side : {0, 1}) {
        const Relay::Side which = relaySide(side);
        if (before->hasEnded(which))
            m_relay->setEnded(which);
        const Stream &stream = before->end(which);
        tell(*m_relay, side,
            {stream.isReadable(), true, stream.isHungUp(), stream.isBroken(), stream.hasUrgentData()});
    }
    runRelay();
}

std::optional<Stream> RelayHandler::takeReusable(int side, QByteArray &beyond)
{
    std::optional<Stream> stream =
        m_streams ? m_streams->takeReusable(relaySide(side)) : std::optional<Stream>();
    if (!stream)
        return std::nullopt;
    beyond = stream->takeChunks()->takeBeyond();
    m_loop.unwatch(this, 1 - side, relayFd(1 - side));
    m_streams.reset();
    m_remembered = {};
    m_loop.resumeAt(this, 0);
    if (std::exchange(m_looksAtLoad, false))
        m_loop.setTicking(this, false);
    m_loop.countRelays(-1);
    return stream;
}

} // namespace frpx
