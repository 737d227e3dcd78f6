// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/clock.h"
#include "common/relay/relaypool.h"
#include "frps/frontend/workhandoff.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace frpx::test {

/// Offers visitors to clients as the server does, on waiting work connections that the test gives it. The
/// loops must be stopped before it is destroyed.
class HandoffBench
{
public:
    explicit HandoffBench(qint64 attemptMs = 20'000)
        : state({.pendingTimeoutMs = 20'000, .attemptTimeoutMs = attemptMs})
    {
        state.dial = [](const server::DialOrder &) {}; // no client dials in
        state.report = [this](const server::DispatchFailure &failure) {
            const std::scoped_lock lock(m_mutex);
            m_reasons += failure.why;
            m_changed.notify_all();
        };
    }

    /// Offers \a visitor to a client of its own, whose only waiting work connection is \a work.
    void offer(RelayPool &loops, server::VisitorConnection visitor, server::WorkConn work)
    {
        m_backends = std::make_shared<server::BackendPool>(QStringLiteral("default"));
        addClient(std::move(work));
        start(loops, std::move(visitor), m_backends);
    }
    /// The work connections given so far have been taken. Before that a client must not say anything.
    bool waitUntilTaken(int ms = 5000)
    {
        for (const qint64 until = steadyMs() + ms; state.work.idle() > 0;) {
            if (steadyMs() > until)
                return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }
    /// Offers \a visitor to a client of \a backends.
    void start(RelayPool &loops, server::VisitorConnection visitor,
        const std::shared_ptr<server::BackendPool> &backends)
    {
        server::WorkHandoff::Job job;
        job.visitor = std::move(visitor);
        job.request.pool = backends;
        job.request.giveUpAt = steadyMs() + state.limits.pendingTimeoutMs;
        job.state = &state;
        job.unserved = [](const server::VisitorConnection &) {};
        loops.nextLoop().post([job = std::move(job)](IoLoop &loop) mutable {
            server::WorkHandoff::start(loop, std::move(job));
        });
    }
    /// The visitor that was offered last can be offered to one more client.
    void addClient(server::WorkConn work)
    {
        const auto client = std::make_shared<server::ServingClient>(); // shared as the server does
        client->session = SessionId{++m_lastSession};
        client->clientId = QString::number(m_lastSession);
        client->reusesWork = reuses;
        client->login = login;
        client->setLimit(limit);
        m_meter = std::make_shared<RelayMeter>();
        state.work.open(client->session, client->clientId, 1, steadyMs());
        state.work.add(client->clientId, std::move(work));
        m_backends->join(client, 1, m_meter);
    }

    void forgetClients() { m_backends.reset(); }

    /// Why clients could not serve.
    QStringList reasons()
    {
        const std::scoped_lock lock(m_mutex);
        return m_reasons;
    }
    bool waitForReason(int seconds = 10)
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(
            lock, std::chrono::seconds(seconds), [this] { return !m_reasons.isEmpty(); });
    }
    /// Of the client added last.
    RelayMeter &meter() { return *m_meter; }

    server::DispatchState state;
    // Of the clients to come:
    bool reuses = false; ///< their work connections serve one visitor after another
    std::shared_ptr<void> login;
    std::shared_ptr<RateLimit> limit;

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    QStringList m_reasons; // guarded by m_mutex
    std::shared_ptr<server::BackendPool> m_backends;
    std::shared_ptr<RelayMeter> m_meter;
    quint64 m_lastSession = 0;
};

} // namespace frpx::test
