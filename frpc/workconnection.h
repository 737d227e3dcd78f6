// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/addressrace.h"
#include "common/protocol/proxyhandshake.h"
#include "common/protocol/proxyprotocol.h"
#include "common/relay/relayhandler.h"
#include "common/relay/relaypool.h"
#include "common/relay/stream.h"
#include "frpc/answerwatch.h"
#include "frpc/rivalconnect.h"
#include "frpc/servicemap.h"
#include "frpc/workroute.h"

namespace frpx::client {

class WorkConnection;

/// What the waiting work connections of one control session share. Made on the control thread, used by the
/// relay loops; all members are constants or atomics but `links`.
struct WorkContext
{
    WorkRoute route;
    QByteArray introduction; ///< the NewWorkConn frame
    proxyproto::Version proxyProtocol = proxyproto::Version::None; ///< in front of each user's stream
    std::shared_ptr<ServiceMap> services; ///< where the users go
    int minIdle = 0;
    /// Longer than a burst takes, and than most users stay; short enough to have all back before the next
    /// one.
    static constexpr int restMs = 20;
    /// One that is taken is replaced after so long, if then there are too few: with TLS, so that handshakes
    /// do not keep a burst waiting; with connections that come back, because it is likely to be one of them.
    int replaceAfterMs = 0;
    /// With TLS, those that are not dialled at once are dialled so far apart: the handshakes of a hundred
    /// of them at once would keep the users of the burst waiting that made more of them wanted.
    static constexpr int secureEveryMs = 3;
    std::shared_ptr<RelayMeter> meter;
    RelayPool *relays = nullptr; ///< the loops themselves: it outlives what runs in them
    SilentService silentService; ///< of the default tunnel; null: nobody wants to know

    std::atomic<int> wanted = 0; ///< waiting connections to keep ready
    std::atomic<int> ready = 0; ///< waiting or being dialled
    std::atomic<int> resting = 0; ///< of them, those that are to be dialled later
    std::atomic<bool> over = false; ///< the session has ended or is about to: no new ones
    std::atomic<bool> closed = false; ///< the session has ended: nobody waits any more
    std::atomic<int> lost =
        0; ///< that broke, were closed or could not be dialled since WorkConnectionManager looked
    std::atomic<bool> serviceFailed = false; ///< likewise: a user could not be served
    /// The connections of each loop, waiting or with a user, and those it has been asked to dial.
    std::vector<std::atomic<int>> loads;
    std::vector<std::atomic<int>> users; ///< of each loop: its connections that are with one
    std::atomic<size_t> compared = 0; ///< the loop to compare with when the next one is replaced

    /// The waiting ones of each loop, touched in that loop's thread only.
    std::vector<std::vector<WorkConnection *>> links;
};

/// One work connection of the client, from dialling the server in advance to the end of the user's relay.
///
///     Dialling ──up──▶ Waiting ──StartProxyConn──▶ Reaching ──local service up──▶ relaying
///      ▲  ├──up──▶ Securing ──▲
///      │  └─up─▶ AskingProxy ─┴▶ Securing
///     Resting
///
/// If the server wants it (StartProxyConn.chunks), and user and service have both ended in order, it waits
/// again (Returning, then Waiting) and spares the next user's connection all but two messages. Else it ends
/// with its user.
///
/// It is secured where TLS is wanted: the handshake is over before a user comes. As that is arithmetic, which
/// would keep the users of a burst waiting, the replacement of one that is taken rests for a moment first,
/// and likewise where it may soon be one too many.
///
/// Lives in a relay loop and never touches the control thread. When a user comes it goes on in the loop that
/// has the fewest users, and sees to its own replacement, so that the pool does not run dry in a burst. As
/// those that return are not turned away, there are soon enough for the users of an ordinary moment, and none
/// is dialled any more.
class WorkConnection : public RelayHandler, private RivalOwner
{
public:
    /// Dials one more connection in the loop \a loopIndex, unless there are enough: at once, or after \a
    /// restMs. In that loop's thread.
    static void start(IoLoop &loop, size_t loopIndex, std::shared_ptr<WorkContext> share, int restMs = 0);

    /// Waiting, or about to; only \a forUser may be made in another thread than the loop's.
    WorkConnection(IoLoop &loop, size_t loopIndex, std::shared_ptr<WorkContext> share, bool forUser = false);
    ~WorkConnection() override;

    /// The session is over: closes this connection if no user has come.
    void close();
    /// No more are wanted: closes this connection if the server does not know of it yet.
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
    /// end() for want of a server that takes it.
    void lose();
    /// lose(), and keep fewer from now on, as the server has closed this one.
    void yield();
    bool isSurplus();
    void end();

    const size_t m_loopIndex;
    const std::shared_ptr<WorkContext> m_share; ///< shared with the others of the session
    State m_state = State::Dialling;
    std::optional<Stream> m_server; ///< until it relays
    UniqueFd m_service;
    QByteArray m_received; ///< part of StartProxyConn, then for the service: header, user's early bytes
    QString m_tunnel; ///< of the user, once one has come; empty: the default one
    net::DialTarget m_target; ///< its local service
    net::AddressRace m_race; ///< for that service's addresses, while Reaching
    size_t m_address = 0; ///< the number of the one that m_service is for
    std::vector<RivalConnect *> m_rivals; ///< further connects to the service, while Reaching
    bool m_isSwitching = false; ///< a rival has won: m_service is watched after this round of events
    QString m_lastFault; ///< why the last address did not answer
    std::unique_ptr<ProxyHandshake> m_proxyHandshake; ///< while AskingProxy
    std::shared_ptr<RelayMeter> m_meter; ///< counts him then; shared with other relays
    QString m_proxyConnId;
    qint64 m_deadlineMs = 0;
    bool m_counted = false; ///< in m_share->ready
    bool m_serving = false; ///< counted in m_share->users
    bool m_keptAlive = false; ///< by the kernel
    std::unique_ptr<ChunkCodec> m_chunks; ///< of the user who has just come
    std::optional<AnswerWatch> m_watch; ///< while relaying, if somebody wants to know
};

} // namespace frpx::client
