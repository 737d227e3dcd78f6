// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/work/servicedial.h"

#include "common/net/sockets.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

/// A connect to a later address while the addresses before it have not answered. Lives in the loop, as a
/// handler of its own.
class ServiceDial::Rival : public IoHandler
{
public:
    Rival(ServiceDial &dial, size_t index, UniqueFd fd)
        : m_dial(dial)
        , m_index(index)
        , m_fd(std::move(fd))
    { }

    size_t index() const { return m_index; }
    UniqueFd takeFd()
    {
        m_dial.m_loop.unwatch(this, 0, m_fd.get());
        return std::move(m_fd);
    }

    void onIo(int, IoEvents events) override
    {
        if (events.writable)
            m_dial.onRivalDecided(*this);
    }
    bool wantsRead(int) const override { return false; }
    bool wantsWrite(int side) const override { return side == 0; }
    bool wantsError(int) const override { return false; }

private:
    ServiceDial &m_dial;
    const size_t m_index;
    UniqueFd m_fd;
};

void ServiceDial::start(net::DialTarget target, net::FirstWord firstWord)
{
    m_target = std::move(target);
    m_firstWord = firstWord;
    m_race = net::AddressRace(m_target.count());
    m_isRunning = true;
    tryNext();
}

void ServiceDial::stop()
{
    if (m_race.nextAtMs())
        m_loop.resumeAt(&m_handler, 0);
    m_race = net::AddressRace();
    m_isRunning = false;
    for (Rival *rival : std::exchange(m_rivals, {}))
        m_loop.finish(rival);
}

std::optional<QHostAddress> ServiceDial::laterAddress() const
{
    return m_address > 0 ? std::optional(m_target.addresses.at(static_cast<qsizetype>(m_address)))
                         : std::nullopt;
}

/// Tries the addresses that are due. Most services have one.
void ServiceDial::tryNext()
{
    while (m_isRunning) {
        const std::optional<size_t> next = m_race.takeNext(m_loop.nowMs());
        if (!next)
            break;
        if (!tryAddress(*next))
            return;
    }
    if (m_isRunning && m_race.nextAtMs())
        m_loop.resumeAt(&m_handler, *m_race.nextAtMs());
}

/// \return false if the next address has to wait: \a index is tried again, or all have failed.
bool ServiceDial::tryAddress(size_t index)
{
    constexpr int busyDelayMs = 20;
    Result<UniqueFd> fd = net::startConnect(m_target, index, m_firstWord);
    if (!fd && fd.error().code == Errc::Busy) {
        const qint64 againAtMs = m_loop.nowMs() + busyDelayMs;
        m_race.postpone(againAtMs);
        m_loop.resumeAt(&m_handler, againAtMs);
        return false;
    }
    if (!fd) {
        onAddressFailed(fd.error().detail);
        return m_isRunning;
    }
    net::prepareLocalStream(fd->get());
    if (m_fd) { // the previous address has not answered yet
        if (!startRival(index, std::move(*fd)))
            onAddressFailed(u"out of descriptors"_s);
        return m_isRunning;
    }
    m_fd = std::move(*fd);
    m_address = index;
    if (m_loop.watch(&m_handler, m_side, m_fd.get()))
        return true;
    fail(u"out of descriptors"_s);
    return false;
}

bool ServiceDial::startRival(size_t index, UniqueFd fd)
{
    const int descriptor = fd.get();
    auto owned = std::make_unique<Rival>(*this, index, std::move(fd));
    Rival *rival = owned.get();
    m_loop.adopt(std::move(owned));
    m_loop.setIncidental(rival, true);
    if (!m_loop.watch(rival, 0, descriptor)) {
        m_loop.finish(rival);
        return false;
    }
    m_rivals.push_back(rival);
    return true;
}

void ServiceDial::onRivalDecided(Rival &rival)
{
    std::erase(m_rivals, &rival);
    const size_t address = rival.index();
    UniqueFd fd = rival.takeFd();
    m_loop.finish(&rival);
    const Result<void> connected = net::connectResult(fd.get());
    if (!connected) {
        onAddressFailed(connected.error().detail);
        return tryNext();
    }
    if (m_fd)
        m_loop.unwatch(&m_handler, m_side, m_fd.get());
    m_fd = std::move(fd);
    m_address = address;
    // This round of events may still contain events of the descriptor that has just been closed.
    m_isSwitching = true;
    stop();
    m_isRunning = true;
    m_loop.requeue(&m_handler);
}

void ServiceDial::onTurn()
{
    if (!std::exchange(m_isSwitching, false))
        tryNext();
    else if (!m_loop.watch(&m_handler, m_side, m_fd.get()))
        fail(u"out of descriptors"_s);
}

void ServiceDial::onIo(IoEvents events)
{
    if (!events.writable)
        return;
    const Result<void> connected = net::connectResult(m_fd.get());
    if (!connected) {
        m_loop.unwatch(&m_handler, m_side, m_fd.get());
        m_fd.reset();
        onAddressFailed(connected.error().detail);
        return tryNext();
    }
    stop();
    m_owner.onServiceReached();
}

/// One address of the service does not answer; others may.
void ServiceDial::onAddressFailed(const QString &reason)
{
    m_race.onFailed();
    if (m_race.isLost())
        fail(reason);
}

void ServiceDial::fail(const QString &reason)
{
    stop();
    m_owner.onServiceFailed(reason);
}

} // namespace frpx::client
