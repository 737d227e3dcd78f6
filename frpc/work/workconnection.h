// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relayhandler.h"
#include "common/relay/stream.h"
#include "frpc/work/serverdial.h"
#include "frpc/work/servicedial.h"
#include "frpc/work/workcontext.h"

namespace frpx::client {

/// One work connection of the client, from the dial in advance to the end of the visitor's relay.
///
///     Dialling ──up──▶ Waiting ──StartProxyConn──▶ Reaching ──local service up──▶ relaying
///      ▲  ├──up──▶ Securing ──▲
///      │  └─up─▶ AskingProxy ─┴▶ Securing
///     Resting
///
/// If the server supports it (StartProxyConn.chunks) and visitor and service have both ended in order, the
/// connection waits again (Returning, then Waiting), which saves the next visitor a new connection. Otherwise
/// it ends with its visitor.
///
/// With TLS the handshake is complete before a visitor comes. As handshakes need processor time, which would
/// delay a burst, the replacement of a taken connection rests for a moment first; likewise where it may soon
/// be superfluous.
///
/// Lives in a relay loop and never touches the control thread. When a visitor comes, it continues in the loop
/// with the fewest visitors and dials its own replacement, so that a burst does not empty the pool. As
/// returned connections are kept, there are soon enough for normal load, and no more are dialled.
class WorkConnection : public RelayHandler, private ServiceDialOwner
{
public:
    /// Dials one more connection in the loop \a loopIndex, unless there are enough: at once, or after \a
    /// restMs. In that loop's thread.
    static void start(IoLoop &loop, size_t loopIndex, std::shared_ptr<WorkContext> share, int restMs = 0);

    /// Waiting, or about to; only with \a forVisitor may the object be created in another thread than the
    /// loop's.
    WorkConnection(
        IoLoop &loop, size_t loopIndex, std::shared_ptr<WorkContext> share, bool forVisitor = false);
    ~WorkConnection() override;

    /// The session has ended: closes this connection if no visitor has come.
    void close();
    /// No more are wanted: closes this connection if the server does not have it yet.
    void cancelDial();

    void onIo(int side, IoEvents events) override;
    void onTick(qint64 nowMs) override;
    void onTurn() override;
    void onHandshakeTurn() override { step(m_serverDial->onHandshakeTurn()); }
    void onIdle() override;
    void onInspection(const SilenceLimits &limits) override;
    bool wantsRead(int side) const override;
    bool wantsWrite(int side) const override;

private:
    enum class State { Resting, Dialling, Waiting, Returning, Reaching, Relaying, Ended };
    static constexpr int serverSide = 0;
    static constexpr int serviceSide = 1;

    void dial();
    void step(ServerDial::Progress progress);
    void onServerReadable();
    void onReceived();
    void onStartFrame(qsizetype frameSize);
    void dialReplacement();
    void moveTo(size_t loopIndex);
    void setServing(bool on);
    void reachService();
    void onServiceIo(IoEvents events);
    void onServiceReached() override;
    void onServiceFailed(const QString &reason) override;
    void rest(int ms);
    void leaveRest();
    void joinReady();
    void leaveReady();
    void onRelayEnded() override;
    /// Ends the connection because the server did not accept it or it broke.
    void lose();
    /// Like lose(), but keeps fewer connections from now on, as the server has closed this one.
    void yield();
    bool isSurplus();
    void end();

    const size_t m_loopIndex;
    const std::shared_ptr<WorkContext> m_share; ///< shared with the others of the session
    State m_state = State::Dialling;
    std::optional<ServerDial> m_serverDial; ///< while Dialling
    std::optional<Stream> m_server; ///< from Waiting until the relay starts
    /// Of StartProxyConn, once a visitor has come.
    struct Visitor
    {
        QString proxyConnId;
        QString tunnel; ///< empty: the default tunnel
        net::DialTarget target; ///< the local service of that tunnel
        std::shared_ptr<RelayMeter> meter; ///< counts the connection; shared with other relays
        std::unique_ptr<ChunkCodec> chunks;
    };
    Visitor m_visitor;
    QByteArray
        m_received; ///< part of StartProxyConn, then bytes for the service: header, visitor's early bytes
    ServiceDial m_serviceDial; ///< while Reaching
    qint64 m_deadlineMs = 0;
    bool m_counted = false; ///< in m_share->ready
    bool m_serving = false; ///< counted in m_share->users
    bool m_keptAlive = false; ///< TCP keep-alive is set
    std::optional<AnswerWatch> m_watch; ///< while relaying, if the service is watched
};

} // namespace frpx::client
