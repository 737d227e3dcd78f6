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
    const int user = job.user.get();
    const int service = job.service.get();
    auto owned = std::make_unique<RelayHandler>(loop);
    RelayHandler *handler = owned.get();
    handler->startRelay(std::move(job));
    loop.adopt(std::move(owned));
    // Watching reports the readiness there is, which starts the relay.
    if (!loop.watch(handler, 0, user) || !loop.watch(handler, 1, service))
        return loop.finish(handler);
    if (handler->m_streams) // TLS may have read already what no event will tell of
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
        m_relay.emplace(std::move(job), m_loop.scratch());
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

bool RelayHandler::cut(const void *lease)
{
    if (!isRelaying() || withRelay([](auto &relay) { return relay.lease(); }) != lease)
        return false;
    withRelay([](auto &relay) { relay.cut(); });
    m_loop.finish(this);
    return true;
}

void RelayHandler::onTurn()
{
    runRelay();
}

void RelayHandler::onInspection(const SilenceLimits &limits)
{
    if (!isRelaying() || !withRelay([&limits](auto &relay) { return relay.hasLostPeer(limits); }))
        return;
    qCDebug(lcRelay) << "A connection is cut: its peer acknowledges nothing any more";
    m_loop.finish(this);
}

void RelayHandler::runRelay()
{
    withRelay([this](auto &relay) {
        const bool limited = relay.isLimited();
        switch (relay.run(limited ? m_loop.nowMs() : 0)) {
        case Relay::Outcome::Waiting:
            if (limited)
                m_loop.resumeAt(this, relay.resumeAtMs());
            break;
        case Relay::Outcome::MoreToDo:
            m_loop.requeue(this);
            break;
        case Relay::Outcome::Ended:
            m_loop.finish(this);
            break;
        }
    });
}

} // namespace frpx
