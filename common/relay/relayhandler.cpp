// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/relayhandler.h"

#include "common/core/logging.h"

namespace frpx {

void RelayHandler::start(IoLoop &loop, RelayJob job)
{
    const int user = job.user.get();
    const int service = job.service.get();
    auto owned = std::make_unique<RelayHandler>(loop);
    RelayHandler *handler = owned.get();
    handler->startRelay(std::move(job));
    loop.adopt(std::move(owned));
    // Watching reports the readiness there is, which starts the relay.
    if (!loop.watch(handler, 0, user) || !loop.watch(handler, 1, service))
        loop.finish(handler);
}

RelayHandler::~RelayHandler()
{
    if (m_relay)
        m_loop.countRelays(-1);
}

Relay &RelayHandler::startRelay(RelayJob job)
{
    m_loop.countRelays(1);
    Relay &relay = m_relay.emplace(std::move(job), m_loop.scratch());
    for (const int side : {0, 1}) {
        const IoEvents events = m_remembered[size_t(side)];
        if (events.readable)
            relay.setReadable(relaySide(side));
        if (events.hungUp)
            relay.setHungUp(relaySide(side));
        if (events.urgent)
            relay.setUrgent(relaySide(side));
    }
    return relay;
}

void RelayHandler::remember(int side, IoEvents events)
{
    m_remembered[size_t(side)].readable |= events.readable;
    m_remembered[size_t(side)].hungUp |= events.hungUp;
    m_remembered[size_t(side)].urgent |= events.urgent;
}

void RelayHandler::relayIo(int side, IoEvents events)
{
    const Relay::Side relay = relaySide(side);
    if (events.readable)
        m_relay->setReadable(relay);
    if (events.writable)
        m_relay->setWritable(relay);
    if (events.urgent)
        m_relay->setUrgent(relay);
    if (events.hungUp)
        m_relay->setHungUp(relay);
    if (events.broken)
        m_relay->setBroken(relay);
    runRelay();
}

bool RelayHandler::cut(const void *lease)
{
    if (!m_relay || m_relay->lease() != lease)
        return false;
    m_relay->cut();
    m_loop.finish(this);
    return true;
}

void RelayHandler::onTurn()
{
    runRelay();
}

void RelayHandler::onInspection(const SilenceLimits &limits)
{
    if (!m_relay || !m_relay->hasLostPeer(limits))
        return;
    qCDebug(lcRelay) << "A connection is cut: its peer acknowledges nothing any more";
    m_loop.finish(this);
}

void RelayHandler::runRelay()
{
    const bool limited = m_relay->isLimited();
    switch (m_relay->run(limited ? m_loop.nowMs() : 0)) {
    case Relay::Outcome::Waiting:
        if (limited)
            m_loop.resumeAt(this, m_relay->resumeAtMs());
        break;
    case Relay::Outcome::MoreToDo:
        m_loop.requeue(this);
        break;
    case Relay::Outcome::Ended:
        m_loop.finish(this);
        break;
    }
}

} // namespace frpx
