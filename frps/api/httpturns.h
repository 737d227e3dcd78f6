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

/// Says which HTTP connection may work when, so that all of them together have a share of the control thread
/// and no more (TimeShare). Addresses take turns, and the connections of an address; a turn is one request,
/// one part of a long answer or one TLS handshake. It comes at the end of a turn of the event loop, behind
/// whatever else was ready in it.
class HttpTurns : public QObject
{
    Q_OBJECT

public:
    /// \a acceptNext accepts one further connection, if one waits, and later ones as they come.
    explicit HttpTurns(std::function<void()> acceptNext, QObject *parent = nullptr);

    /// \a socket, a connection of \a source, has its turn after \a wait. Not for one that is in already.
    void add(HttpSocket *socket, const net::SourceKey &source, std::chrono::nanoseconds wait);
    /// The next connection may be accepted when there is time for it.
    void wantAccept();
    /// It has gone. No-op for one that is not in.
    void remove(HttpSocket *socket);
    /// Does \a work at once, and takes its time from the share.
    void charge(const std::function<void()> &work);

private:
    void run();
    void schedule();
    HttpSocket *takeNext();

    const std::function<void()> m_acceptNext;
    TimeShare m_share;
    std::map<net::SourceKey, std::deque<HttpSocket *>> m_ready; ///< none of them is empty
    std::deque<net::SourceKey> m_order; ///< each of m_ready once
    std::multimap<TimeShare::TimePoint, std::pair<HttpSocket *, net::SourceKey>> m_later;
    bool m_acceptWanted = false;
    bool m_running = false;
    QTimer m_timer;
};

} // namespace frpx::server
