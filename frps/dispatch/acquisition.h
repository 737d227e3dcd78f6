// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/dispatch/dispatchstate.h"

namespace frpx::server {

/// A work connection for one visitor, and its client.
struct AcquiredWork
{
    WorkConn connection;
    /// The client has dialled in for this visitor: its local service is connected, the bytes may flow. False:
    /// the connection has waited in the pool, and the visitor must be offered on it first.
    bool isAccepted = false;
    QString id; ///< of the visitor, for the offer
    std::optional<net::LinkEnds> visitor = {}; ///< the addresses to send, if the client wants them
    std::shared_ptr<ServingClient> client = {};
    std::shared_ptr<RelayMeter> meter = {}; ///< of the client in this tunnel
    RelayClaim claim = {}; ///< counts the visitor for the client
};

/// Gets a work connection of a tunnel's client for one visitor: it chooses the client, takes a waiting work
/// connection or has the client dial in, and tries other clients as long as the visitor's time lasts.
///
/// It belongs to one loop and is called only in its thread; there it also calls its receiver. The receiver
/// keeps the visitor's connection. Call onTick() a few times a second.
///
///     start() ──▶ Waiting work connection ──▶ onWork() ──failed()──▶ next client, or a rest
///         └─────▶ Asked (the client dials in) ─▶ onWork()             │
///                   └── failed, lost, too late ──────────────────────▶┘
class Acquisition
{
public:
    /// Uses the work connection. The functions may be called within start(), failed() and onTick().
    class Receiver
    {
    public:
        Receiver() = default;
        virtual ~Receiver() = default;
        Q_DISABLE_COPY_MOVE(Receiver)

        /// A hash of the visitor's address: the same one for each of its connections.
        virtual quint64 sourceHash() = 0;
        /// Both ends of the visitor's connection.
        virtual net::LinkEnds visitorEnds() = 0;
        /// It must call failed() if the client cannot serve, or end() when it is decided.
        virtual void onWork(AcquiredWork work) = 0;
        /// No client serves the visitor. The acquisition has ended.
        virtual void onUnserved(DispatchStats::Outcome why) = 0;
    };
    struct Request
    {
        std::shared_ptr<BackendPool> pool; ///< shared, because the tunnel may be closed meanwhile
        std::optional<QString> tunnel = {}; ///< its name for the client; absent: the tunnel of the wire
        qint64 giveUpAt = 0; ///< steadyMs()
    };

    /// \a state and \a receiver must outlive this object.
    Acquisition(DispatchState &state, IoLoop &loop, Receiver &receiver, Request request);
    /// Withdraws a request that is under way.
    ~Acquisition();
    Q_DISABLE_COPY_MOVE(Acquisition)

    void start();
    /// The receiver's work connection is of no use, because of \a why, a text for logs: tries another client.
    void failed(const QString &why);
    /// The connection is decided; the object does nothing more.
    void end(DispatchStats::Outcome outcome);
    /// Deadlines of everything but the receiver's work connection.
    void onTick(qint64 now);
    /// True: the receiver should wait no longer for the client of its work connection. A call after
    /// LivenessProbe::patienceMs also starts the probe of the client.
    bool hasExpired(qint64 now) const;

    // Called by the dispatcher, by the handle.

    /// The client has dialled in for the request \a id.
    void onDialledIn(const QString &id, WorkConn connection);
    /// The client cannot dial in for the request \a id.
    void onRefused(const QString &id, const QString &why);

private:
    enum class State {
        Idle,
        Given, ///< the receiver has a work connection
        Asked, ///< the client has to dial in
        Resting, ///< no client is left to ask
        Ended,
    };

    void offer();
    void ask(const std::optional<net::LinkEnds> &visitor);
    AcquiredWork take(WorkConn connection);
    void passOver(const QString &why);
    void reportFailure(const QString &why);
    void rest();
    void offerAgain();
    void giveUp(DispatchStats::Outcome why);
    bool canTryAnother() const;
    void setId(const QString &id);

    DispatchState &m_state;
    Receiver &m_receiver;
    const Request m_request;
    const std::shared_ptr<AcquisitionHandle> m_handle; ///< shared with the dispatcher
    State m_phase = State::Idle;
    QString m_id; ///< in DispatchStats
    std::vector<SessionId> m_tried; ///< in this round, including m_client
    int m_rests = 0; ///< how often there was no client left to ask
    qint64 m_askedAt = 0;
    qint64 m_attemptUntil = 0; ///< then another client is tried; Resting: then all of them
    std::shared_ptr<ServingClient> m_client; ///< the one asked; null while resting
    std::shared_ptr<RelayMeter> m_meter; ///< of m_client
    RelayClaim m_claim; ///< for m_client, until the receiver has it
    /// Of m_client, while another client could be asked instead.
    std::shared_ptr<LivenessProbe> m_pulse;
};

} // namespace frpx::server
