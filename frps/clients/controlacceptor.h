// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/handshakequeue.h"
#include "common/net/sockets.h"
#include "common/tls/plainpolicy.h"

#include <QObject>
#include <QSocketNotifier>
#include <QSslConfiguration>
#include <QTcpSocket>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace frpx::server {

/// Accepts connections for the control sessions: the first byte of a connection tells TLS from plain, and a
/// TLS handshake is completed here. A limited number of handshakes runs at a time; the other connections wait
/// in a queue, unread. sweep() closes those that take too long. Control thread.
class ControlAcceptor : public QObject
{
    Q_OBJECT

public:
    /// A connection that is ready for messages.
    struct Arrival
    {
        quint64 id = 0; ///< as passed to take()
        UniqueFd plain; ///< if it is not encrypted; nothing has been read from it
        std::unique_ptr<QTcpSocket> encrypted; ///< if it is encrypted
        qint64 acceptedAtMs = 0;
        QString refusal; ///< if not empty: why no client can log in on it, fit for the peer
    };
    using Handler = std::function<void(Arrival arrival)>;
    using Gone = std::function<void(quint64 id)>;
    /// Handshakes under way, and finished ones whose client has not sent a message yet. This limit does not
    /// slow down a fleet that reconnects: the control thread has no time for more.
    static constexpr size_t maxHandshakes = 128;

    /// \a handler gets each connection that is ready, \a gone the id of each that was closed here.
    ControlAcceptor(Handler handler, Gone gone, QObject *parent = nullptr);
    ~ControlAcceptor() override;

    /// For later connections. Before the call all connections are taken for plain ones.
    void setTls(const QSslConfiguration &tls, PlainPolicy plain);

    /// \a id must be larger than all before. May call the handler at once.
    void take(quint64 id, UniqueFd fd, qint64 nowMs);
    /// Closes \a id, if it is still waiting here.
    void close(quint64 id);
    qsizetype waiting() const { return static_cast<qsizetype>(m_incoming.size()); }
    /// The session of an arrival has received a message, or has ended: another handshake gets its place.
    void settled(quint64 id);
    /// Closes the connections that were taken \a timeoutMs ago, and those whose place is needed for others.
    /// \return arrivals of the latter kind, which the caller must close.
    std::vector<quint64> sweep(qint64 nowMs, qint64 timeoutMs);
    void closeAll() { m_incoming.clear(); }

private:
    struct Incoming
    {
        UniqueFd fd; ///< until its first byte has arrived
        /// As fd. Declared after fd: it must be destroyed first.
        std::unique_ptr<QSocketNotifier> notifier;
        std::unique_ptr<QTcpSocket> socket; ///< set when its handshake begins
        net::Endpoint peer;
        qint64 acceptedAtMs = 0;
    };
    using IncomingMap = std::map<quint64, Incoming>;

    void look(quint64 id);
    void admitPlain(IncomingMap::iterator it);
    void startHandshakes();
    void startHandshake(IncomingMap::iterator it);
    void onEncrypted(quint64 id);
    void onHandshakeFailed(quint64 id);
    void discard(IncomingMap::iterator it);

    Handler m_handler;
    Gone m_gone;
    QSslConfiguration m_tls;
    bool m_hasTls = false;
    PlainPolicy m_plain = PlainPolicy::Everywhere;
    IncomingMap m_incoming; ///< oldest first
    net::HandshakeQueue m_queue{maxHandshakes}; ///< the connections that have begun TLS
};

} // namespace frpx::server
