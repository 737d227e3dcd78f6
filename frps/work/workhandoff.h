// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relayhandler.h"
#include "common/relay/stream.h"
#include "frps/work/pendingconnections.h"
#include "frps/work/returnedwork.h"
#include "frps/work/workconn.h"

#include <QSet>

#include <functional>
#include <mutex>

namespace frpx::server {

/// The users being paired just now, and what became of those before, seen from any thread. Noted here and
/// nowhere else: it wakes nobody.
class HandoffStats
{
public:
    enum class Outcome {
        Paired,
        Returned, ///< to the dispatcher: another client may try
        UserGone,
        Dropped, ///< the client broke the rules when it may have passed something on already
    };

    void add(const QString &id)
    {
        const std::scoped_lock lock(m_mutex);
        m_ids.insert(id);
    }
    void remove(const QString &id, Outcome outcome)
    {
        const std::scoped_lock lock(m_mutex);
        m_ids.remove(id);
        if (outcome == Outcome::Paired)
            ++m_paired;
        else if (outcome == Outcome::Dropped)
            ++m_dropped;
    }
    quint64 paired() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_paired;
    }
    quint64 dropped() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_dropped;
    }
    QStringList ids() const
    {
        const std::scoped_lock lock(m_mutex);
        return {m_ids.cbegin(), m_ids.cend()};
    }
    qsizetype size() const
    {
        const std::scoped_lock lock(m_mutex);
        return m_ids.size();
    }

private:
    mutable std::mutex m_mutex;
    QSet<QString> m_ids;
    quint64 m_paired = 0;
    quint64 m_dropped = 0;
};

/// Brings a waiting work connection to life for a user, in a relay loop.
///
/// It sends StartProxyConn and, right behind it, what the user has sent so far, so that the user's first
/// bytes travel without a round trip. It only *peeks* at them: until the client has answered ProxyConnReady
/// they stay in the kernel, and a client that says ProxyConnFailed, or whose connection ends without an
/// answer, loses nothing: the user goes back to the dispatcher for another try. TCP keeps order, so no answer
/// before the end means that none was sent, and a client answers before it passes a single byte on. One that
/// is given up for its silence is reset, so that a late answer fails: nothing is delivered twice
/// (docs/adr/0006 has the one remaining race). For the same reason a client that answers something else loses
/// the user his connection: nobody knows what it has done with his bytes.
///
/// Where the client allows for it, the user's and the service's bytes go in chunks (ChunkCodec), and if both
/// have ended in order the work connection goes back to those that wait.
///
/// Under TLS there is nothing to peek at: what the user has sent is read, as much as is sent ahead, and goes
/// with his ticket (`early`) from client to client until one accepts.
class WorkHandoff : public RelayHandler
{
public:
    struct Job
    {
        PendingConnection ticket;
        WorkConn work;
        std::shared_ptr<RelayMeter> meter;
        /// On the board until it is decided. The server stops the loops before it destroys the board.
        HandoffStats *board = nullptr;
        /// Called in the loop's thread when another client may try: with the ticket and the reason.
        std::function<void(PendingConnection ticket, const QString &why)> returned;
        std::shared_ptr<RateLimit> limit = {}; ///< of the client's account
        /// The client takes one user after another on a connection: which ones are free again is told here.
        /// Null: it does not. As board.
        ReturnedWork *reuse = nullptr;
        bool clientSaysEnd = false; ///< see RelayJob::serviceSaysEnd
        /// Sees the user's bytes once the client has accepted: those it has got by then at once, the others
        /// before they are passed on.
        std::shared_ptr<RelayTap> tap = {};
    };

    static void start(IoLoop &loop, Job job);

    WorkHandoff(IoLoop &loop, Job job);
    ~WorkHandoff() override;

    void onIo(int side, IoEvents events) override;
    void onTick(qint64 nowMs) override;
    bool cut(const void *key) override;
    bool wantsRead(int side) const override;
    bool wantsWrite(int side) const override;

protected:
    void onRelayEnded() override;

private:
    static constexpr int userSide = 0;
    static constexpr int workSide = 1;

    /// What the user sends is to be seen by somebody before it is sent on.
    bool wantsAllBytes() const { return m_job->ticket.watch && m_job->ticket.watch->wantsBytes(); }
    int userFd() const { return m_user ? m_user->fd() : m_job->ticket.user.get(); }
    void offer();
    bool readEarly(size_t most);
    bool takePeeked();
    void onWorkIo(IoEvents events);
    void readAnswer();
    void onAnswer(qsizetype frameSize);
    /// \a firstToVisitor of the service came along with the answer.
    void succeed(QByteArray firstToVisitor);
    /// The user is free for another client.
    void giveBack(const QString &why);
    /// Ends both connections, each by a reset: what was carried may be cut off.
    void abandon(HandoffStats::Outcome outcome);
    void leaveBoard(HandoffStats::Outcome outcome);

    std::unique_ptr<Job> m_job; ///< until the relay runs
    Stream m_work; ///< the client's connection, until it relays
    std::unique_ptr<Stream> m_user; ///< of one under TLS, until it relays; few have one
    bool m_announced = false; ///< StartProxyConn is out
    size_t m_peeked = 0; ///< bytes of the user already sent to the client
    size_t m_due = 0; ///< of an announced chunk of them are not sent yet
    bool m_peekedAll = false; ///< and there were no more
    QByteArray m_answer; ///< header, payload, then bytes of the service
    bool m_userHungUp = false;
    ReturnedWork *m_reuse = nullptr; ///< while the relay runs
    SessionId m_session{};
};

} // namespace frpx::server
