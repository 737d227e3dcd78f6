// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/clock.h"
#include "frpc/work/workconnectionmanager.h"
#include "tests/support/frames.h"
#include "tests/support/handoffbench.h"
#include "tests/support/loopback.h"

#include <QRandomGenerator>
#include <QtEndian>

#include <future>

#include <poll.h>

/// The whole way of a user without the programs around it: WorkHandoffs of the server, WorkConnections of the
/// client, work connections in between that serve again and again.
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
        m_client->session = session;
        m_client->clientId = u"client"_s;
        m_client->reusesWork = true;
        m_backends->join(m_client, 1, serverMeter);
        m_handoffs.state.work.open(session, u"secret"_s, 1, steadyMs());
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
    /// What the handoff has put back within \a ms.
    server::WorkConn returned(int ms = 5000)
    {
        const qint64 until = steadyMs() + ms;
        do {
            if (server::WorkConn first = m_handoffs.state.work.take(session))
                return first;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        } while (steadyMs() < until);
        return {};
    }
    /// For the next returned().
    void putBack(server::WorkConn work) { m_handoffs.state.work.putBack(session, std::move(work)); }

    /// A user is given to \a work; the near end is his.
    UniqueFd user(server::WorkConn work, QByteArrayView early = {}, int room = 0)
    {
        Connection connection = m_connector.connection(room);
        if (!sendAll(connection.near.get(), early))
            return {};
        server::VisitorConnection visitor;
        visitor.fd = std::move(connection.far);
        m_client->setLimit(limit);
        m_handoffs.state.work.putBack(session, std::move(work));
        m_handoffs.start(*m_serverLoops, std::move(visitor), m_backends);
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
    static constexpr auto session = SessionId(7);

    HandoffBench m_handoffs;
    const std::shared_ptr<server::ServingClient> m_client = std::make_shared<server::ServingClient>();
    const std::shared_ptr<server::BackendPool> m_backends =
        std::make_shared<server::BackendPool>(u"default"_s);
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
