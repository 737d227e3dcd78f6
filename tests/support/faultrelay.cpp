// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/faultrelay.h"

#include <algorithm>
#include <cerrno>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace frpx::test {

namespace {

constexpr qsizetype maxQueued = qsizetype(256) * 1024; // of one way
constexpr size_t readSize = size_t(16) * 1024;

bool isSilent(FaultRelay::Mode mode)
{
    return mode.fault == FaultRelay::Fault::BlackHole || mode.fault == FaultRelay::Fault::Unplugged;
}

/// Makes the kernel drop every packet that arrives at \a fd before TCP sees it.
void setUnplugged(const Fd &fd, bool on)
{
    if (!fd.isValid())
        return;
    sock_filter dropAll{BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program{1, &dropAll};
    const int none = 0;
    if (on)
        ::setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
    else
        ::setsockopt(fd.get(), SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none);
}

void resetOnClose(const Fd &fd)
{
    const linger none{1, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void noDelay(const Fd &fd)
{
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

} // namespace

bool FaultRelay::start(quint16 port)
{
    Q_ASSERT(!m_thread.joinable());
    m_listener = listenLoopback(port);
    m_wake = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!m_listener.isValid() || !m_wake.isValid())
        return false;
    m_port = localPort(m_listener);
    m_clock.start();
    m_stopping = false;
    m_thread = std::thread([this] { run(); });
    return true;
}

void FaultRelay::stop()
{
    if (!m_thread.joinable())
        return;
    m_stopping = true;
    wake();
    m_thread.join();
    m_connections.clear();
    m_open = 0;
    m_listener.reset();
    m_wake.reset();
}

void FaultRelay::wake()
{
    const quint64 one = 1;
    [[maybe_unused]] const auto n = ::write(m_wake.get(), &one, sizeof one);
}

void FaultRelay::setMode(Mode mode)
{
    const std::scoped_lock lock(m_mutex);
    m_modeForNew = mode;
    setUnplugged(m_listener, mode.fault == Fault::Unplugged);
    for (const auto &connection : m_connections)
        apply(*connection, mode);
    wake();
}

void FaultRelay::setModeForNew(Mode mode)
{
    const std::scoped_lock lock(m_mutex);
    m_modeForNew = mode;
    setUnplugged(m_listener, mode.fault == Fault::Unplugged);
}

void FaultRelay::resetAll()
{
    const std::scoped_lock lock(m_mutex);
    for (const auto &connection : m_connections) {
        for (const Fd &fd : connection->ends)
            resetOnClose(fd);
    }
    m_connections.clear();
    m_open = 0;
    wake();
}

void FaultRelay::apply(Connection &connection, Mode mode)
{
    if ((connection.mode.fault == Fault::Unplugged) != (mode.fault == Fault::Unplugged)) {
        for (const Fd &fd : connection.ends)
            setUnplugged(fd, mode.fault == Fault::Unplugged);
    }
    connection.mode = mode;
    if (!isSilent(mode) && !connection.ends[1].isValid())
        dialTarget(connection);
}

void FaultRelay::dialTarget(Connection &connection)
{
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(m_target);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    noDelay(fd);
    // A target that refuses is found when the socket is written to.
    ::connect(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof address);
    connection.ends[1] = std::move(fd);
    connection.connecting = true;
}

void FaultRelay::accept()
{
    while (true) {
        Fd fd(::accept4(m_listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd.isValid())
            return;
        noDelay(fd);
        auto connection = std::make_unique<Connection>();
        connection->ends[0] = std::move(fd);
        apply(*connection, m_modeForNew);
        m_connections.push_back(std::move(connection));
        ++m_accepted;
        ++m_open;
    }
}

void FaultRelay::run()
{
    std::vector<pollfd> polled;
    std::unique_lock lock(m_mutex);
    while (!m_stopping) {
        const qint64 now = nowMs();
        qint64 wakeMs = -1;
        polled.assign({{m_wake.get(), POLLIN, 0}, {m_listener.get(), POLLIN, 0}});
        for (const auto &connection : m_connections) {
            for (const size_t end : {size_t(0), size_t(1)}) {
                const short events = interest(*connection, end, now, &wakeMs);
                polled.push_back({events == 0 ? -1 : connection->ends[end].get(), events, 0});
            }
        }
        const size_t count = m_connections.size();
        const int timeout = wakeMs < 0 ? -1 : static_cast<int>(std::max<qint64>(0, wakeMs - now));
        lock.unlock();
        ::poll(polled.data(), polled.size(), timeout);
        lock.lock();
        quint64 ignored = 0;
        [[maybe_unused]] const auto n = ::read(m_wake.get(), &ignored, sizeof ignored);
        if (m_connections.size() != count)
            continue; // resetAll() meanwhile
        for (size_t i = 0; i < count; ++i) {
            for (const size_t end : {size_t(0), size_t(1)}) {
                const short events = polled[2 + 2 * i + end].revents;
                if (events != 0 && m_connections[i] && !serve(*m_connections[i], end, events)) {
                    for (const Fd &fd : m_connections[i]->ends)
                        resetOnClose(fd);
                    m_connections[i].reset();
                }
            }
            if (m_connections[i] && m_connections[i]->ways[0].ended && m_connections[i]->ways[1].ended)
                m_connections[i].reset();
        }
        m_open -= static_cast<int>(std::erase(m_connections, nullptr));
        if (polled[1].revents != 0)
            accept();
    }
}

/// What to wait for on an end, and not later than when.
short FaultRelay::interest(const Connection &connection, size_t end, qint64 now, qint64 *wakeMs) const
{
    if (isSilent(connection.mode) || !connection.ends[1].isValid())
        return 0;
    if (connection.connecting)
        return end == 1 ? POLLOUT : short(0);
    int events = 0;
    const Way &incoming = connection.ways[end];
    if (!incoming.sourceEnded && incoming.queued < maxQueued)
        events |= POLLIN;
    const Way &outgoing = connection.ways[1 - end];
    if (!outgoing.queue.empty()) {
        const qint64 due = std::max(outgoing.queue.front().dueMs, outgoing.nextWriteMs);
        if (due <= now)
            events |= POLLOUT;
        else
            *wakeMs = *wakeMs < 0 ? due : std::min(*wakeMs, due);
    }
    return static_cast<short>(events);
}

bool FaultRelay::serve(Connection &connection, size_t end, short events)
{
    if (isSilent(connection.mode)) // since we looked
        return true;
    if (connection.connecting) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(connection.ends[1].get(), SOL_SOCKET, SO_ERROR, &error, &size);
        connection.connecting = false;
        return error == 0;
    }
    if ((events & POLLOUT) != 0 && !writeTo(connection, end))
        return false;
    return (events & (POLLIN | POLLHUP | POLLERR)) == 0 || readFrom(connection, end);
}

bool FaultRelay::readFrom(Connection &connection, size_t end)
{
    Way &way = connection.ways[end];
    std::array<char, readSize> buffer;
    size_t count = 0;
    switch (readSome(connection.ends[end], buffer.data(), buffer.size(), &count)) {
    case Io::Again:
        return true;
    case Io::Failed:
        return false;
    case Io::End:
        way.sourceEnded = true;
        if (way.queue.empty()) {
            way.ended = true;
            ::shutdown(connection.ends[1 - end].get(), SHUT_WR);
        }
        return true;
    case Io::Done:
        break;
    }
    const qint64 delay = connection.mode.fault == Fault::Delay ? connection.mode.amount : 0;
    way.queue.push_back({QByteArray(buffer.data(), static_cast<qsizetype>(count)), nowMs() + delay});
    way.queued += static_cast<qsizetype>(count);
    return true;
}

bool FaultRelay::writeTo(Connection &connection, size_t end)
{
    Way &way = connection.ways[1 - end];
    if (way.queue.empty())
        return true;
    QByteArray &bytes = way.queue.front().bytes;
    qsizetype limit = bytes.size();
    if (connection.mode.fault == Fault::Throttle) {
        limit = std::max(1, connection.mode.amount / 20);
    } else if (connection.mode.fault == Fault::Slice) {
        m_slices = m_slices * 1'664'525U + 1'013'904'223U;
        limit = 1 + static_cast<qsizetype>((m_slices >> 16) % static_cast<quint32>(connection.mode.amount));
    }
    size_t count = 0;
    const Io io =
        writeSome(connection.ends[end], QByteArrayView(bytes).first(std::min(limit, bytes.size())), &count);
    if (io != Io::Done)
        return io == Io::Again;
    if (connection.mode.fault == Fault::Throttle)
        way.nextWriteMs = nowMs() + static_cast<qint64>(count) * 1000 / connection.mode.amount;
    else
        way.nextWriteMs = 0;
    bytes.remove(0, static_cast<qsizetype>(count));
    way.queued -= static_cast<qsizetype>(count);
    if (bytes.isEmpty())
        way.queue.pop_front();
    if (way.queue.empty() && way.sourceEnded) {
        way.ended = true;
        ::shutdown(connection.ends[end].get(), SHUT_WR);
    }
    return true;
}

} // namespace frpx::test
