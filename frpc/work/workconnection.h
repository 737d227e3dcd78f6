// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/addressrace.h"
#include "common/protocol/proxyhandshake.h"
#include "common/protocol/proxyprotocol.h"
#include "common/relay/relayhandler.h"
#include "common/relay/relaypool.h"
#include "common/relay/stream.h"
#include "frpc/tunnels/servicemap.h"
#include "frpc/work/answerwatch.h"
#include "frpc/work/rivalconnect.h"
#include "frpc/work/workroute.h"

namespace frpx::client {

class WorkConnection;

/// What the work connections of one control session share. Created on the control thread, used by the relay
/// loops; all members are constants or atomics except `links`.
struct WorkContext
{
    WorkRoute route;
    QByteArray introduction; ///< the NewWorkConn frame
    /// the header before each visitor's stream
    proxyproto::Version proxyProtocol = proxyproto::Version::None;
    std::shared_ptr<ServiceMap> services; ///< the local services of the tunnels
    int minIdle = 0;
    qint64 reachTimeoutMs = 0; ///< for the local service to answer
    /// Longer than a burst lasts and than most visitors stay; short enough to have all connections back
    /// before the next burst.
    static constexpr int restMs = 20;
    /// The delay until a taken connection is replaced, if too few are left then: with TLS, so that handshakes
    /// do not delay a burst; with reuse, because another connection is likely to return first.
    int replaceAfterMs = 0;
    /// With TLS, the interval between dials that are not made at once: a hundred handshakes at the same time
    /// would delay the visitors of the burst that caused them.
    static constexpr int secureEveryMs = 3;
    std::shared_ptr<RelayMeter> meter;
    RelayPool *relays = nullptr; ///< the loops; outlive the connections that run in them
    SilentService silentService; ///< of the default tunnel; null: not watched

    std::atomic<int> wanted = 0; ///< waiting connections to keep ready
    std::atomic<int> ready = 0; ///< waiting or being dialled
    std::atomic<int> resting = 0; ///< of those in `ready`, the ones whose dial is delayed
    std::atomic<bool> over = false; ///< the session has ended or drains: no new connections
    std::atomic<bool> closed = false; ///< the session has ended: no connection waits any more
    std::atomic<int> lost =
        0; ///< that broke, were closed or could not be dialled since WorkConnectionManager looked
    std::atomic<bool> serviceFailed = false; ///< a visitor could not be served since then
    /// The connections of each loop, waiting or with a visitor, and those that the loop was asked to dial.
    std::vector<std::atomic<int>> loads;
    std::vector<std::atomic<int>> users; ///< of each loop: its connections with a visitor
    std::atomic<size_t> compared = 0; ///< the loop to compare with at the next replacement

    /// The waiting connections of each loop, used only in that loop's thread.
    std::vector<std::vector<WorkConnection *>> links;
};

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
class WorkConnection : public RelayHandler, private RivalOwner
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
    void onHandshakeTurn() override { secure(); }
    void onIdle() override;
    void onInspection(const SilenceLimits &limits) override;
    bool wantsRead(int side) const override;
    bool wantsWrite(int side) const override;

private:
    enum class State {
        Resting,
        Dialling,
        AskingProxy,
        Securing,
        Waiting,
        Returning,
        Reaching,
        Relaying,
        Ended
    };
    static constexpr int serverSide = 0;
    static constexpr int serviceSide = 1;

    void dial();
    bool introduce();
    void onDialled();
    void askProxy();
    void onServerReached();
    void secure();
    void onServerReadable();
    void onReceived();
    void onStartFrame(qsizetype frameSize);
    void dialReplacement();
    size_t calmestLoop() const;
    void moveTo(size_t loopIndex);
    void setServing(bool on);
    void reachService();
    void tryNextAddress();
    bool tryAddress(size_t index);
    void onServiceWritable();
    void onRivalDecided(RivalConnect *rival) override;
    void onAddressFailed(const QString &reason);
    void leaveReaching();
    void failService(const QString &reason);
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
    std::optional<Stream> m_server; ///< until the relay starts
    UniqueFd m_service;
    QByteArray
        m_received; ///< part of StartProxyConn, then bytes for the service: header, visitor's early bytes
    QString m_tunnel; ///< of the visitor, once one has come; empty: the default tunnel
    net::DialTarget m_target; ///< the local service of that tunnel
    net::AddressRace m_race; ///< over that service's addresses, while Reaching
    size_t m_address = 0; ///< the number of the address of m_service
    std::vector<RivalConnect *> m_rivals; ///< parallel connects to the service, while Reaching
    bool m_isSwitching = false; ///< a parallel connect has succeeded: its descriptor is watched as m_service
                                ///< after this round of events
    QString m_lastFault; ///< why the last address failed
    std::unique_ptr<ProxyHandshake> m_proxyHandshake; ///< while AskingProxy
    std::shared_ptr<RelayMeter> m_meter; ///< counts the visitor's connection; shared with other relays
    QString m_proxyConnId;
    qint64 m_deadlineMs = 0;
    bool m_counted = false; ///< in m_share->ready
    bool m_serving = false; ///< counted in m_share->users
    bool m_keptAlive = false; ///< TCP keep-alive is set
    std::unique_ptr<ChunkCodec> m_chunks; ///< of the current visitor
    std::optional<AnswerWatch> m_watch; ///< while relaying, if the service is watched
};

} // namespace frpx::client
