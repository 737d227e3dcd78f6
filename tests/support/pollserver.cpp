// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/pollserver.h"

#include <array>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace frpx::test {

namespace {

constexpr int tickMs = 20; // how soon stop() and due connections are seen

void control(const Fd &epoll, int operation, int fd, quint32 events)
{
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    ::epoll_ctl(epoll.get(), operation, fd, &event);
}

} // namespace

PollServer::~PollServer()
{
    Q_ASSERT(!m_thread.joinable());
}

bool PollServer::start(quint16 port)
{
    return startOn(listenLoopback(port == 0 ? m_port : port));
}

bool PollServer::startOn(Fd listener)
{
    Q_ASSERT(!m_thread.joinable());
    m_listener = std::move(listener);
    if (!m_listener.isValid())
        return false;
    m_port = localPort(m_listener);
    m_epoll = Fd(::epoll_create1(EPOLL_CLOEXEC));
    control(m_epoll, EPOLL_CTL_ADD, m_listener.get(), EPOLLIN);
    m_stopping = false;
    m_thread = std::thread([this] { run(); });
    return true;
}

void PollServer::stop()
{
    if (!m_thread.joinable())
        return;
    m_stopping = true;
    m_thread.join();
    m_connections.clear();
    m_count = 0;
    m_listener.reset();
    m_epoll.reset();
}

void PollServer::run()
{
    std::array<epoll_event, 256> events{};
    while (!m_stopping) {
        const int count = ::epoll_wait(m_epoll.get(), events.data(), int(events.size()), tickMs);
        for (int i = 0; i < count; ++i) {
            const int fd = events.at(static_cast<size_t>(i)).data.fd;
            if (fd == m_listener.get())
                accept();
            else
                serve(fd);
        }
        advanceDue();
    }
}

void PollServer::accept()
{
    while (true) {
        Fd fd(::accept4(m_listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd.isValid())
            return;
        const int number = fd.get();
        std::unique_ptr<PollConnection> connection = makeConnection(std::move(fd));
        connection->m_armed = connection->interest();
        control(m_epoll, EPOLL_CTL_ADD, number, connection->m_armed);
        m_connections[number] = std::move(connection);
        ++m_count;
    }
}

void PollServer::serve(int fd)
{
    const auto found = m_connections.find(fd);
    if (found == m_connections.end())
        return;
    PollConnection &connection = *found->second;
    if (!connection.advance()) {
        m_connections.erase(found);
        --m_count;
        return;
    }
    if (const quint32 wanted = connection.interest(); wanted != connection.m_armed) {
        connection.m_armed = wanted;
        control(m_epoll, EPOLL_CTL_MOD, fd, wanted);
    }
}

void PollServer::advanceDue()
{
    std::vector<int> due;
    for (const auto &[fd, connection] : m_connections) {
        if (connection->isDue())
            due.push_back(fd);
    }
    for (const int fd : due)
        serve(fd);
}

} // namespace frpx::test
