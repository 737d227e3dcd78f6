// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/ipaddress.h"
#include "frps/api/timeshare.h"

#include <QObject>
#include <QTimer>

#include <deque>
#include <functional>
#include <map>
#include <utility>

namespace frpx::server {

class HttpSocket;

/// Decides which HTTP connection may work when, so that all of them together take at most a share of the
/// control thread (TimeShare). Addresses take turns, and the connections of one address do. A turn is one
/// request, one part of a long answer or one TLS handshake. It runs at the end of a turn of the event loop,
/// after all other events of it.
class HttpTurns : public QObject
{
    Q_OBJECT

public:
    /// \a acceptNext accepts one connection, if one waits, and calls wantAccept() for the next.
    explicit HttpTurns(std::function<void()> acceptNext, QObject *parent = nullptr);

    /// Gives \a socket, a connection of \a source, a turn after \a wait. It must not be waiting for one
    /// already.
    void add(HttpSocket *socket, const net::SourceKey &source, std::chrono::nanoseconds wait);
    /// Calls acceptNext when there is time for another connection.
    void wantAccept();
    /// Forgets \a socket; no-op if it does not wait.
    void remove(HttpSocket *socket);
    /// Does \a work at once, and takes its time from the share.
    void charge(const std::function<void()> &work);

private:
    void run();
    void schedule();
    HttpSocket *takeNext();

    const std::function<void()> m_acceptNext;
    TimeShare m_share;
    std::map<net::SourceKey, std::deque<HttpSocket *>> m_ready; ///< no queue is empty
    std::deque<net::SourceKey> m_order; ///< each key of m_ready once
    std::multimap<TimeShare::TimePoint, std::pair<HttpSocket *, net::SourceKey>> m_later;
    bool m_acceptWanted = false;
    bool m_running = false;
    QTimer m_timer;
};

} // namespace frpx::server
