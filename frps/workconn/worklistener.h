// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/fdlistener.h"
#include "common/net/handshakequeue.h"
#include "common/tls/plainpolicy.h"
#include "common/tls/tlsservercontext.h"
#include "frps/workconn/openingframe.h"
#include "frps/workconn/workhandshake.h"

#include <QObject>
#include <QSocketNotifier>

#include <map>
#include <unordered_map>

namespace frpx {
class RelayPool;
}

namespace frpx::server {

/// Owns the proxy port. It reads the one frame that opens a work connection, and not a byte more, so that the
/// bytes after it stay in the kernel for the relay. The frame is NewProxyConn, the answer to a request, or
/// NewWorkConn, for a connection dialled in advance. With TLS the handshake comes first, on the same port:
/// the first byte tells. The handshake runs in a relay loop.
///
/// A connection that does not send the frame within the deadline, or sends anything else, is closed.
class WorkListener : public QObject
{
    Q_OBJECT

public:
    using Handler = std::function<void(const WorkOpening &opening, WorkConn connection)>;
    static constexpr size_t maxSecuring = 128; ///< TLS handshakes at a time; more wait in a queue
    static constexpr size_t maxUnopened = 8192; ///< connections that have sent nothing yet
    /// Of the TLS queue, with the handshakes that run, beside Demand::total.
    static constexpr size_t maxInLine = 4096;
    /// The same for one address, beside Demand::ofSource: an office may have many clients.
    static constexpr size_t maxInLineOfSource = 1024;
    /// Work connections that clients were asked for. They get places in the queue beside the limits.
    struct Demand
    {
        size_t ofSource = 0; ///< of the clients at one address
        size_t total = 0;
    };

    /// \a handler gets each work connection with its opening frame, NewProxyConn or NewWorkConn.
    explicit WorkListener(Handler handler, QObject *parent = nullptr);
    ~WorkListener() override;

    Result<quint16> listen(const QHostAddress &address, quint16 port);
    void stopListening() { m_listener.close(); }

    /// Accepts TLS from now on; handshakes run in the loops of \a relays, which must be stopped before this
    /// object is destroyed. May be called again to change the certificate or the policy for later
    /// connections.
    void setTls(std::shared_ptr<const TlsServerContext> context, PlainPolicy plain, RelayPool &relays);

    /// At most \a unopened connections that have not sent the frame, and as many again in the queue for TLS;
    /// connections are accepted only while their descriptor is below \a acceptBelow (see FdListener). Before
    /// listen().
    void setShare(size_t unopened, int acceptBelow);

    /// \a demand says how many work connections the clients at an address have been asked for.
    void setDemand(std::function<Demand(const net::SourceKey &source)> demand)
    {
        m_demand = std::move(demand);
    }
    /// True: work connections from \a source wait in the queue for TLS. A client there that does not dial in
    /// is then not to blame.
    bool isHeldUp(const net::SourceKey &source) const { return m_line.waitingOf(source) > 0; }

    /// Closes connections that have missed their deadline. Call a few times a second.
    void sweep();

    qsizetype handshakes() const
    {
        return static_cast<qsizetype>(m_handshakes.size())
            + static_cast<qsizetype>(m_line.placesTaken() + m_line.waiting());
    }

private:
    struct Handshake
    {
        UniqueFd fd;
        OpeningFrame frame;
        qint64 deadlineMs = 0;
        std::unique_ptr<QSocketNotifier> notifier; // last: it must go before the descriptor does
    };

    /// A connection that has begun TLS and waits in the queue.
    struct Lined
    {
        UniqueFd fd;
        net::Endpoint source;
        QByteArray early; ///< bytes of it that have been read
        qint64 deadlineMs = 0;
    };

    void onAccepted(UniqueFd fd);
    void onReadable(int fd);
    /// True once the frame is complete or the connection is refused.
    bool advance(Handshake &handshake);
    void secure(Handshake &handshake, QByteArray early);
    void secureNext();
    void onSecured(quint64 id, const net::Endpoint &source, Result<WorkHandshake::Opened> outcome);
    void refuse(Handshake &handshake, const QString &why);
    void discard(std::unordered_map<int, Handshake>::iterator it);

    Handler m_handler;
    FdListener m_listener;
    size_t m_maxUnopened = maxUnopened;
    size_t m_maxInLine = maxInLine;
    std::unordered_map<int, Handshake> m_handshakes; // by descriptor
    /// Shared with the handshakes in the loops. Null: no TLS.
    std::shared_ptr<const TlsServerContext> m_tls;
    PlainPolicy m_plain = PlainPolicy::Everywhere;
    RelayPool *m_relays = nullptr;
    std::function<Demand(const net::SourceKey &source)> m_demand; ///< may be null
    net::HandshakeQueue m_line{maxSecuring};
    quint64 m_lastInLine = 0;
    std::map<quint64, Lined> m_lined; ///< those that wait in m_line, oldest first
    std::map<quint64, TlsAcceptor::Recall> m_begun; ///< the others in m_line
};

} // namespace frpx::server
