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

/// In front of the control sessions: tells TLS from plain by the first byte of a connection, and brings the
/// TLS handshake to its end; so many at a time, the others wait in a line, unread. What does neither in time
/// is closed by sweep(). Control thread.
class ControlAcceptor : public QObject
{
    Q_OBJECT

public:
    /// A connection on which messages can begin.
    struct Arrival
    {
        quint64 id = 0; ///< as given to take()
        UniqueFd plain; ///< if it is not encrypted; nothing has been read from it
        std::unique_ptr<QTcpSocket> encrypted; ///< else
        qint64 acceptedAtMs = 0;
        QString refusal; ///< if not empty: why nobody can log in here, fit for the peer
    };
    using Handler = std::function<void(Arrival arrival)>;
    using Gone = std::function<void(quint64 id)>;
    /// Handshakes under way, with those who have not said a word since. A fleet that comes back is not held
    /// up by it: the control thread has no time for more.
    static constexpr size_t maxHandshakes = 128;

    /// \a handler gets each connection that has come through, \a gone the id of each that has not.
    ControlAcceptor(Handler handler, Gone gone, QObject *parent = nullptr);
    ~ControlAcceptor() override;

    /// For connections from now on. Until then they are all taken for plain ones.
    void setTls(const QSslConfiguration &tls, PlainPolicy plain);

    /// \a id is new and larger than all before. May call the handler at once.
    void take(quint64 id, UniqueFd fd, qint64 nowMs);
    /// Closes \a id, if it is still here.
    void close(quint64 id);
    qsizetype waiting() const { return static_cast<qsizetype>(m_guests.size()); }
    /// An arrival has said what it wants, or is gone: its place goes to another handshake.
    void settled(quint64 id);
    /// Closes those that were taken \a timeoutMs ago, and those who have to make room for others.
    /// \return the arrivals of the latter kind, which are the caller's to close.
    std::vector<quint64> sweep(qint64 nowMs, qint64 timeoutMs);
    void closeAll() { m_guests.clear(); }

private:
    struct Guest
    {
        UniqueFd fd; ///< until its first byte has come
        /// Until then. After fd: it must go before the descriptor does.
        std::unique_ptr<QSocketNotifier> notifier;
        std::unique_ptr<QTcpSocket> socket; ///< from the beginning of its handshake
        net::Endpoint peer;
        qint64 acceptedAtMs = 0;
    };
    using Guests = std::map<quint64, Guest>;

    void look(quint64 id);
    void admitPlain(Guests::iterator it);
    void shakeNextHands();
    void shakeHands(Guests::iterator it);
    void onEncrypted(quint64 id);
    void onHandshakeFailed(quint64 id);
    void discard(Guests::iterator it);

    Handler m_handler;
    Gone m_gone;
    QSslConfiguration m_tls;
    bool m_hasTls = false;
    PlainPolicy m_plain = PlainPolicy::Everywhere;
    Guests m_guests; ///< the oldest first
    net::HandshakeQueue m_line{maxHandshakes}; ///< of those who have begun with TLS
};

} // namespace frpx::server
