// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relayhandler.h"
#include "common/relay/stream.h"
#include "frps/dispatch/pendingconnections.h"
#include "frps/workconn/returnedwork.h"
#include "frps/workconn/workconn.h"

#include <QSet>

#include <functional>
#include <mutex>

namespace frpx::server {

/// The ids of the visitors that are being paired now, and counters of the outcomes. Thread-safe. Nothing is
/// signalled: the control thread reads it.
class HandoffStats
{
public:
    enum class Outcome {
        Paired,
        Returned, ///< to the dispatcher: another client can be tried
        VisitorGone,
        Dropped, ///< the client broke the protocol when it may have passed bytes on already
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

/// Gives a waiting work connection to a visitor, in a relay loop.
///
/// It sends StartProxyConn and, right behind it, what the visitor has sent so far, so that the visitor's
/// first bytes travel without a round trip. It only *peeks* at them: until the client has answered
/// ProxyConnReady they stay in the kernel. If the client answers ProxyConnFailed, or its connection ends
/// without an answer, nothing is lost: the visitor's connection goes back to the dispatcher for another try.
/// TCP keeps order, so an end without an answer means that none was sent, and a client answers before it
/// passes a single byte on. A work connection that is given up because the client does not answer is reset,
/// so that a late answer fails: nothing is delivered twice (docs/adr/0006 has the one remaining race). For
/// the same reason any other answer ends the visitor's connection: the server cannot know what the client has
/// done with the bytes.
///
/// If the client has agreed to it, the bytes go in chunks (ChunkCodec) both ways, and a work connection goes
/// back to the pool if both sides have ended in order.
///
/// Under TLS peeking is impossible: as many bytes of the visitor as may be sent ahead are read into the
/// pending connection (`early`), which keeps them from client to client until one accepts.
class WorkHandoff : public RelayHandler
{
public:
    struct Job
    {
        PendingConnection ticket;
        WorkConn work;
        std::shared_ptr<RelayMeter> meter;
        /// Counts this handoff until it is decided. The server stops the loops before it destroys the object.
        HandoffStats *stats = nullptr;
        /// Called in the loop's thread when another client can be tried: with the connection and the reason.
        std::function<void(PendingConnection ticket, const QString &why)> returned;
        std::shared_ptr<RateLimit> limit = {}; ///< of the client's account
        /// Set if the client serves one visitor after another on a work connection: takes the work
        /// connections that are free again. Lives as long as `stats`.
        ReturnedWork *reuse = nullptr;
        bool clientSaysEnd = false; ///< see RelayJob::serviceSaysEnd
        /// Sees the visitor's bytes: those that were sent ahead when the client accepts, the others before
        /// they are passed on.
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
    static constexpr int visitorSide = 0;
    static constexpr int workSide = 1;

    /// An observer must see the visitor's bytes before they are sent on.
    bool wantsAllBytes() const { return m_job->ticket.watch && m_job->ticket.watch->wantsBytes(); }
    int visitorFd() const { return m_visitor ? m_visitor->fd() : m_job->ticket.visitor.get(); }
    void offer();
    bool readEarly(size_t most);
    bool takePeeked();
    void onWorkIo(IoEvents events);
    void readAnswer();
    void onAnswer(qsizetype frameSize);
    /// \a firstToVisitor: bytes of the service that followed the answer.
    void succeed(QByteArray firstToVisitor);
    /// Gives the visitor's connection back to the dispatcher.
    void giveBack(const QString &why);
    /// Ends both connections, each by a reset: what was sent may be incomplete.
    void abandon(HandoffStats::Outcome outcome);
    void reportOutcome(HandoffStats::Outcome outcome);

    std::unique_ptr<Job> m_job; ///< until the relay runs
    Stream m_work; ///< the client's connection, until the relay runs
    std::unique_ptr<Stream> m_visitor; ///< the visitor's end of TLS, until the relay runs; null: plain
    bool m_announced = false; ///< StartProxyConn is sent
    size_t m_peeked = 0; ///< bytes of the visitor already sent to the client
    size_t m_due = 0; ///< bytes of an announced chunk that are not sent yet
    bool m_peekedAll = false; ///< and the kernel had no more bytes
    QByteArray m_answer; ///< header, payload, then bytes of the service
    bool m_visitorHungUp = false;
    ReturnedWork *m_reuse = nullptr; ///< while the relay runs
    SessionId m_session{};
};

} // namespace frpx::server
