// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/fdlistener.h"
#include "common/net/handshakequeue.h"
#include "common/protocol/messages.h"
#include "common/tls/plainpolicy.h"
#include "common/tls/tlsservercontext.h"
#include "frps/work/openingframe.h"
#include "frps/work/workhandshake.h"

#include <QObject>
#include <QSocketNotifier>

#include <map>
#include <unordered_map>

namespace frpx {
class RelayPool;
}

namespace frpx::server {

/// Owns the proxy port: reads the one frame that opens a work connection, and not a byte more, so that what
/// follows it stays in the kernel for the relay. The frame is NewProxyConn, the answer to a request, or
/// NewWorkConn, dialled in advance. With TLS the handshake comes first, on the same port: its first byte
/// tells. It is done in a relay loop.
///
/// A connection that does not say who it is within the deadline, or says something else, is closed.
class WorkListener : public QObject
{
    Q_OBJECT

public:
    using Handler = std::function<void(const proto::Message &opening, WorkConn connection)>;
    static constexpr size_t maxSecuring = 128; ///< TLS handshakes under way; the others wait in a line
    static constexpr size_t maxUnopened = 8192; ///< that have said nothing yet
    static constexpr size_t maxInLine = 4096; ///< with those under way, and beside what was asked for
    /// Of one address, likewise: an office may have many clients.
    static constexpr size_t maxInLineOfSource = 1024;
    /// Work connections that clients have been asked for, which therefore have room in the line.
    struct Demand
    {
        size_t ofSource = 0; ///< of the clients at one address
        size_t total = 0;
    };

    /// \a handler gets each work connection that has introduced itself, with its NewProxyConn or NewWorkConn.
    explicit WorkListener(Handler handler, QObject *parent = nullptr);
    ~WorkListener() override;

    Result<quint16> listen(const QHostAddress &address, quint16 port);
    void stopListening() { m_listener.close(); }

    /// From now on TLS is spoken to whoever begins with it, in the loops of \a relays, which must be stopped
    /// before this object goes. Again to change certificate or policy, for those who come then.
    void setTls(std::shared_ptr<const TlsServerContext> context, PlainPolicy plain, RelayPool &relays);

    /// At most \a unopened connections that have not said whose they are, and as many again in the line for
    /// TLS; none above \a acceptBelow (see FdListener). Before listen().
    void setShare(size_t unopened, int acceptBelow);

    /// \a demand says what the clients at an address have been asked for just now.
    void setDemand(std::function<Demand(const net::SourceKey &source)> demand)
    {
        m_demand = std::move(demand);
    }
    /// Do work connections from \a source wait for their turn to do the handshake? Then a client there that
    /// does not dial in is not to blame.
    bool isHeldUp(const net::SourceKey &source) const { return m_line.waitingOf(source) > 0; }

    /// Closes what has missed its deadline. Call a few times a second.
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

    /// One that has begun with TLS and waits for its turn.
    struct Lined
    {
        UniqueFd fd;
        net::Endpoint source;
        QByteArray early; ///< what has been read of it
        qint64 deadlineMs = 0;
    };

    void onAccepted(UniqueFd fd);
    void onReadable(int fd);
    /// True once the frame is complete or the connection is refused: the handshake is over.
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
    std::function<Demand(const net::SourceKey &source)> m_demand; ///< null: nothing is asked for
    net::HandshakeQueue m_line{maxSecuring};
    quint64 m_lastInLine = 0;
    std::map<quint64, Lined> m_lined; ///< who waits in m_line, oldest first
    std::map<quint64, WorkHandshake::Recall> m_begun; ///< the others in m_line
};

} // namespace frpx::server
