// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "benchmarks/delayrelay/delayrelay.h"

#include <algorithm>
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace frpx::bench {

namespace {

constexpr size_t maxHeld = size_t(4) << 20;
constexpr size_t readSize = size_t(64) << 10;
constexpr unsigned caller = 0;
constexpr unsigned answerer = 1;
constexpr quint64 listenerTag = quint64(1) << 63;

sockaddr_in loopback(quint16 port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

UniqueFd newSocket()
{
    return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void setFlag(const UniqueFd &fd, int level, int name)
{
    const int on = 1;
    ::setsockopt(fd.get(), level, name, &on, sizeof on);
}

} // namespace

DelayRelay::DelayRelay(std::chrono::nanoseconds roundTrip)
    : m_delay(roundTrip / 2)
    , m_epoll(::epoll_create1(EPOLL_CLOEXEC))
    , m_buffer(readSize)
{ }

bool DelayRelay::listen(quint16 port, quint16 target)
{
    UniqueFd fd = newSocket();
    setFlag(fd, SOL_SOCKET, SO_REUSEADDR);
    const sockaddr_in address = loopback(port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = listenerTag | m_listeners.size();
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0
        || ::listen(fd.get(), 4096) != 0 || ::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0)
        return false;
    m_listeners.emplace_back(std::move(fd), target);
    return true;
}

void DelayRelay::run()
{
    std::array<epoll_event, 256> events;
    while (true) {
        timespec timeout{};
        const timespec *wait = timeUntilNextAppointment(timeout);
        const int count = ::epoll_pwait2(m_epoll.get(), events.data(), int(events.size()), wait, nullptr);
        for (int i = 0; i < count; ++i) {
            const quint64 tag = events[size_t(i)].data.u64;
            if ((tag & listenerTag) != 0) {
                const auto &[listener, target] = m_listeners[tag & ~listenerTag];
                acceptAll(listener, target);
                continue;
            }
            const quint64 id = tag >> 1;
            const auto side = unsigned(tag & 1);
            const auto it = m_links.find(id);
            if (it == m_links.end())
                continue;
            if ((events[size_t(i)].events & ~quint32(EPOLLOUT)) != 0)
                read(id, it->second, side);
            if ((events[size_t(i)].events & EPOLLOUT) != 0)
                deliver(id, it->second, side); // may delete the link
        }
        keepAppointments();
    }
}

/// Null without an appointment: wait without a time-out.
const timespec *DelayRelay::timeUntilNextAppointment(timespec &timeout) const
{
    if (m_appointments.empty())
        return nullptr;
    const auto wait = std::max(Clock::duration::zero(), m_appointments.top().due - Clock::now());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
    timeout.tv_sec = seconds.count();
    timeout.tv_nsec = std::chrono::nanoseconds(wait - seconds).count();
    return &timeout;
}

void DelayRelay::keepAppointments()
{
    while (!m_appointments.empty() && m_appointments.top().due <= Clock::now()) {
        const Appointment now = m_appointments.top();
        m_appointments.pop();
        const auto it = m_links.find(now.link);
        if (it == m_links.end())
            continue;
        switch (now.action) {
        case Action::Dial:
            dial(now.link, it->second);
            break;
        case Action::Deliver:
            deliver(now.link, it->second, now.side);
            break;
        case Action::Drop:
            m_links.erase(it); // closes both sides
            break;
        }
    }
}

void DelayRelay::acceptAll(const UniqueFd &listener, quint16 target)
{
    while (true) {
        UniqueFd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd)
            return; // no more connections, or no descriptors left: the next wake-up tries again
        setFlag(fd, IPPROTO_TCP, TCP_NODELAY);
        const quint64 id = ++m_lastLink;
        Link &link = m_links[id];
        link.target = target;
        link.notBefore = Clock::now() + 2 * m_delay;
        link.sides[caller].fd = std::move(fd);
        watch(id, link, caller);
        // A little early: the time of the target's accept must not add to that of the link.
        m_appointments.push({link.notBefore + m_delay * 9 / 10, id, Action::Dial, answerer});
    }
}

void DelayRelay::dial(quint64 id, Link &link)
{
    UniqueFd fd = newSocket();
    const sockaddr_in address = loopback(link.target);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0
        && errno != EINPROGRESS) {
        m_links.erase(id);
        return;
    }
    setFlag(fd, IPPROTO_TCP, TCP_NODELAY);
    link.sides[answerer].fd = std::move(fd);
    watch(id, link, answerer);
    // Deliver the bytes that were due before the target was connected.
    m_appointments.push({Clock::now(), id, Action::Deliver, answerer});
}

void DelayRelay::read(quint64 id, Link &link, unsigned from)
{
    Side &side = link.sides[from];
    Side &other = link.sides[1 - from];
    if (side.hasEnded) { // a reset, or the other direction has ended, too
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(side.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0)
            abandon(id, link, from);
        else
            unwatch(side); // bytes that it has sent still go to the other side
        return;
    }
    const Time sentAt = from == caller ? std::max(Clock::now(), link.notBefore) : Clock::now();
    const Time due = sentAt + m_delay;
    const ssize_t got = ::recv(side.fd.get(), m_buffer.data(), m_buffer.size(), 0);
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR)
            abandon(id, link, from);
        return;
    }
    side.hasEnded = got == 0;
    other.held += size_t(got);
    other.inbound.push_back({due, std::string(m_buffer.data(), size_t(got)), got == 0});
    m_appointments.push({due, id, Action::Deliver, 1 - from});
    watch(id, link, from);
}

void DelayRelay::deliver(quint64 id, Link &link, unsigned to)
{
    Side &side = link.sides[to];
    const Time now = Clock::now();
    while (side.fd && !side.inbound.empty() && side.inbound.front().due <= now) {
        const Chunk &chunk = side.inbound.front();
        if (chunk.isEnd) {
            ::shutdown(side.fd.get(), SHUT_WR);
            side.gotEnd = true;
        } else {
            const ssize_t n = ::send(
                side.fd.get(), chunk.bytes.data() + side.sent, chunk.bytes.size() - side.sent, MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN && errno != EINTR) {
                abandon(id, link, to);
                break;
            }
            side.sent += size_t(std::max<ssize_t>(n, 0));
            if (side.sent < chunk.bytes.size())
                break;
            side.held -= chunk.bytes.size();
            side.sent = 0;
        }
        side.inbound.pop_front();
    }
    if (link.sides[caller].gotEnd && link.sides[answerer].gotEnd) {
        m_links.erase(id);
        return;
    }
    watch(id, link, caller);
    watch(id, link, answerer);
}

/// Reads unless too many bytes are on their way; waits for room if due bytes could not be written.
void DelayRelay::watch(quint64 id, Link &link, unsigned which)
{
    Side &side = link.sides[which];
    if (!side.fd || side.isOver)
        return;
    quint32 wanted = 0;
    if (!side.hasEnded && link.sides[1 - which].held < maxHeld)
        wanted |= EPOLLIN;
    if (!side.inbound.empty() && side.inbound.front().due <= Clock::now())
        wanted |= EPOLLOUT;
    epoll_event event{};
    event.events = wanted;
    event.data.u64 = id << 1 | which;
    if (!side.isWatched || wanted != side.events)
        ::epoll_ctl(m_epoll.get(), side.isWatched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, side.fd.get(), &event);
    side.isWatched = true;
    side.events = wanted;
}

/// One side is closed: the other one is closed after the delay.
void DelayRelay::abandon(quint64 id, Link &link, unsigned which)
{
    if (unwatch(link.sides[which]))
        m_appointments.push({Clock::now() + m_delay, id, Action::Drop, which});
}

/// False if it was not watched.
bool DelayRelay::unwatch(Side &side)
{
    if (std::exchange(side.isOver, true))
        return false;
    ::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, side.fd.get(), nullptr);
    return true;
}

} // namespace frpx::bench
