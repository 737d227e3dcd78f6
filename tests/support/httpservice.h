// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/pollserver.h"

#include <QByteArray>

namespace frpx::test {

/// A local HTTP/1.1 service in its own thread, one request per connection:
/// - `GET /` answers with the service's name
/// - `GET /bytes/N` streams the first N bytes of the pattern
/// - `POST /sink` answers "<count> <SHA-256 in hex>" of the body
/// - `GET /slow/MS` answers with the name after that many milliseconds
/// - `GET /health` answers with the status set by setHealth(), 200 at first
/// - `GET /hold` answers with the name once releaseHeld() is called
///
/// After actAsOllama() it answers `/`, `/api/version` and `/api/tags` like an Ollama without models, which
/// also refuses hosts that are not its own, as the real one does while it listens on a loopback address.
class HttpService : public PollServer
{
public:
    explicit HttpService(QByteArray name)
        : m_name(std::move(name))
    { }
    ~HttpService() override { stop(); }

    const QByteArray &name() const { return m_name; }

    /// Requests whose head has arrived since the beginning.
    int requestCount() const { return m_requests; }
    /// Requests waiting in /hold now.
    int heldCount() const { return m_held; }
    /// Answers everything in /hold, now and from now on.
    void releaseHeld() { m_released = true; }
    void holdAgain() { m_released = false; }
    void setHealth(int status) { m_health = status; }
    /// How often it was asked.
    int healthCount() const { return m_healthRequests; }
    void actAsOllama() { m_isOllama = true; }
    /// As with OLLAMA_HOST=0.0.0.0: it does not look at Host any more.
    void setChecksHost(bool checks) { m_checksHost = checks; }
    /// Requests that an Ollama has refused for their Host.
    int refusedCount() const { return m_refused; }

protected:
    std::unique_ptr<PollConnection> makeConnection(Fd fd) override;

private:
    friend class HttpConnection;
    const QByteArray m_name;
    std::atomic<int> m_requests = 0;
    std::atomic<int> m_held = 0;
    std::atomic<bool> m_released = false;
    std::atomic<int> m_health = 200;
    std::atomic<int> m_healthRequests = 0;
    std::atomic<bool> m_isOllama = false;
    std::atomic<bool> m_checksHost = true;
    std::atomic<int> m_refused = 0;
};

} // namespace frpx::test
