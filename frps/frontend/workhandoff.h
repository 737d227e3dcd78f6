// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relayhandler.h"
#include "common/relay/stream.h"
#include "frps/dispatch/acquisition.h"
#include "frps/frontend/visitorconnection.h"
#include "frps/workconn/workoffer.h"

#include <functional>

namespace frpx::server {

/// One visitor's connection in its loop, from the admission to the end: it acquires a work connection, offers
/// the visitor on it, and becomes a relay.
///
/// On a waiting work connection it sends the offer and, right behind it, what the visitor has sent so far, so
/// that the visitor's first bytes travel without a round trip. It only *peeks* at them: until the client has
/// accepted they stay in the kernel. If the client refuses, or its connection ends without an answer, nothing
/// is lost: the visitor is offered to another client. TCP keeps order, so an end without an answer means that
/// none was sent, and a client answers before it passes a single byte on. A work connection that is given up
/// because the client does not answer is reset, so that a late answer fails: nothing is delivered twice
/// (docs/adr/0006 has the one remaining race). For the same reason any other answer ends the visitor's
/// connection: the server cannot know what the client has done with the bytes.
///
/// If the client has agreed to it, the bytes go in chunks (ChunkCodec) both ways, and a work connection goes
/// back to the pool if both sides have ended in order.
///
/// Under TLS peeking is impossible: as many bytes of the visitor as may be sent ahead are read into `early`,
/// which keeps them from client to client until one accepts.
class WorkHandoff : public RelayHandler, private Acquisition::Receiver
{
public:
    struct Job
    {
        VisitorConnection visitor;
        Acquisition::Request request;
        DispatchState *state = nullptr; ///< outlives the loops
        /// Called in the loop's thread with a connection that no client serves.
        std::function<void(VisitorConnection visitor)> unserved;
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

    /// Until the relay runs.
    struct Pending
    {
        Pending(WorkHandoff &owner, IoLoop &loop, Job given)
            : job(std::move(given))
            , acquisition(*job.state, loop, owner, job.request)
        { }

        Job job;
        Acquisition acquisition;
        std::unique_ptr<Stream> visitor; ///< the visitor's end of TLS; null: plain
        bool visitorHungUp = false;
        // Of the work connection:
        AcquiredWork work; ///< without the connection
        std::unique_ptr<Stream> stream; ///< null: it is awaited
        bool announced = false; ///< the offer is sent
        size_t peeked = 0; ///< bytes of the visitor already sent to the client
        size_t due = 0; ///< bytes of an announced chunk that are not sent yet
        bool peekedAll = false; ///< and the kernel had no more bytes
        OfferAnswer answer;
    };

    quint64 sourceHash() override;
    net::LinkEnds visitorEnds() override { return endsOf(m_pending->job.visitor); }
    void onWork(AcquiredWork work) override;
    void onUnserved(DispatchStats::Outcome why) override;

    /// An observer must see the visitor's bytes before they are sent on.
    bool wantsAllBytes() const
    {
        const auto &watch = m_pending->job.visitor.watch;
        return watch && watch->wantsBytes();
    }
    int visitorFd() const
    {
        return m_pending->visitor ? m_pending->visitor->fd() : m_pending->job.visitor.fd.get();
    }
    void acceptDialledIn(AcquiredWork work);
    void offer();
    bool readEarly(size_t most);
    bool takePeeked();
    void onWorkIo(IoEvents events);
    void readAnswer();
    void succeed(QByteArray firstToVisitor);
    RelayJob relayJob(AcquiredWork &work);
    void relay(RelayJob job, quint64 passedOn);
    /// The work connection is of no use: the visitor is offered to another client.
    void tryAnother(const QString &why);
    void dropWork();
    /// Ends both connections, each by a reset: what was sent may be incomplete.
    void abandon(DispatchStats::Outcome outcome);

    std::unique_ptr<Pending> m_pending; ///< null while the relay runs
    // Set while the relay runs, if its work connection may serve again:
    WorkConnectionPool *m_reuse = nullptr;
    SessionId m_session{};
};

} // namespace frpx::server
