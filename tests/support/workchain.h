// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/clock.h"
#include "frpc/work/workconnectionmanager.h"
#include "frps/workconn/workhandoff.h"
#include "tests/support/frames.h"
#include "tests/support/loopback.h"

#include <QRandomGenerator>
#include <QtEndian>

#include <condition_variable>
#include <future>

#include <poll.h>

/// The whole way of a user without the programs around it: Pairings of the server, WorkLinks of the client,
/// work connections in between that serve again and again.
namespace frpx::test {

using namespace Qt::StringLiterals;

/// The payload of the next frame; empty if none comes.
inline QByteArray receiveFrame(int fd)
{
    const QByteArray length = receive(fd, 4).bytes;
    return length.size() == 4 ? receive(fd, qFromBigEndian<qint32>(length.constData())).bytes : QByteArray();
}

class Port
{
public:
    Port()
        : m_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = loopback(0);
        socklen_t length = sizeof address;
        auto *generic = reinterpret_cast<sockaddr *>(&address);
        if (::bind(m_fd.get(), generic, length) == 0 && ::listen(m_fd.get(), 128) == 0
            && ::getsockname(m_fd.get(), generic, &length) == 0)
            m_port = ntohs(address.sin_port);
    }
    quint16 number() const { return m_port; }
    UniqueFd next(int ms = 5000) const
    {
        pollfd watched{m_fd.get(), POLLIN, 0};
        if (::poll(&watched, 1, ms) != 1)
            return {};
        UniqueFd fd(::accept4(m_fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
        giveUpAfter(fd.get(), 10);
        return fd;
    }

private:
    UniqueFd m_fd;
    quint16 m_port = 0;
};

/// The test takes the place of listener, dispatcher and pool.
class Chain
{
public:
    static constexpr qint64 longTime = 20'000;

    explicit Chain(
        const QByteArray &backend, int loops = 1, client::WorkConnectionManager::Size pool = {1, 1})
        : m_returned([this] { m_changed.notify_all(); })
    {
        qputenv("FRPX_RELAY", backend);
        m_serverLoops = std::make_unique<RelayPool>(loops);
        m_clientLoops = std::make_unique<RelayPool>(loops);
        qunsetenv("FRPX_RELAY");
        const auto services = std::make_shared<client::ServiceMap>();
        services->set({{QString(), {net::dialTarget(QStringLiteral("127.0.0.1"), m_service.number())}}});
        m_pool = std::make_unique<client::WorkConnectionManager>(*m_clientLoops, pool, services);
        m_pool->open(
            {{QHostAddress(QHostAddress::LocalHost), m_proxyPort.number()}}, u"secret"_s, clientMeter);
    }
    Chain(const Chain &) = delete;
    Chain &operator=(const Chain &) = delete;

    /// The next connection to the proxy port; nothing if none comes.
    server::WorkConn dialled(int ms = 5000)
    {
        UniqueFd fd = m_proxyPort.next(ms);
        const Result<proto::Message> message = proto::decode(fd ? receiveFrame(fd.get()) : QByteArray());
        const auto *opened = message ? std::get_if<proto::NewWorkConn>(&*message) : nullptr;
        if (!opened || opened->session != u"secret")
            return {};
        ::fcntl(fd.get(), F_SETFL, O_RDWR | O_NONBLOCK);
        net::prepareStream(fd.get());
        return {std::move(fd)};
    }
    /// What the pairing has put back within \a ms.
    server::WorkConn returned(int ms = 5000)
    {
        const qint64 until = steadyMs() + ms;
        do {
            for (server::ReturnedWork::Item &item : m_returned.take()) {
                if (item.session == SessionId(7))
                    m_idle.push_back(std::move(item.connection));
            }
            if (!m_idle.empty()) {
                server::WorkConn first = std::move(m_idle.front());
                m_idle.erase(m_idle.begin());
                return first;
            }
            std::unique_lock lock(m_mutex);
            m_changed.wait_for(lock, std::chrono::milliseconds(5));
        } while (steadyMs() < until);
        return {};
    }
    /// For the next returned().
    void putBack(server::WorkConn work) { m_idle.push_back(std::move(work)); }

    /// A user is given to \a work; the near end is his.
    UniqueFd user(server::WorkConn work, QByteArrayView early = {}, int room = 0)
    {
        Connection connection = m_connector.connection(room);
        if (!sendAll(connection.near.get(), early))
            return {};
        server::PendingConnection ticket;
        ticket.id = u"one"_s;
        ticket.session = SessionId(7);
        ticket.visitor = std::move(connection.far);
        ticket.attemptUntil = ticket.giveUpAt = steadyMs() + longTime;
        server::WorkHandoff::Job job{std::move(ticket), std::move(work), serverMeter, nullptr, {}};
        job.returned = [](server::PendingConnection, const QString &) {};
        job.reuse = &m_returned;
        job.limit = limit;
        m_serverLoops->nextLoop().post([job = std::move(job)](IoLoop &loop) mutable {
            server::WorkHandoff::start(loop, std::move(job));
        });
        return std::move(connection.near);
    }
    UniqueFd service(int ms = 5000) { return m_service.next(ms); }

    std::shared_ptr<RelayMeter> serverMeter = std::make_shared<RelayMeter>();
    std::shared_ptr<RelayMeter> clientMeter = std::make_shared<RelayMeter>();
    std::shared_ptr<RateLimit> limit; ///< of the users to come

private:
    Port m_proxyPort;
    Port m_service;
    Connector m_connector;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    server::ReturnedWork m_returned;
    std::vector<server::WorkConn> m_idle;
    std::unique_ptr<RelayPool> m_serverLoops;
    std::unique_ptr<RelayPool> m_clientLoops;
    std::unique_ptr<client::WorkConnectionManager> m_pool;
};

inline std::future<bool> sendLater(int fd, const QByteArray &bytes, quint32 seed)
{
    return std::async(std::launch::async, [fd, bytes, seed] {
        QRandomGenerator random(seed);
        QByteArrayView rest(bytes);
        while (!rest.isEmpty()) {
            const qsizetype slice = std::min<qsizetype>(rest.size(), random.bounded(20'000) + 1);
            if (!sendAll(fd, rest.first(slice)))
                return false;
            rest = rest.sliced(slice);
            if (random.bounded(4) == 0)
                std::this_thread::sleep_for(std::chrono::microseconds(random.bounded(300)));
        }
        return ::shutdown(fd, SHUT_WR) == 0;
    });
}

inline std::future<Received> receiveLater(int fd)
{
    return std::async(std::launch::async, [fd] { return receiveAll(fd); });
}

} // namespace frpx::test
