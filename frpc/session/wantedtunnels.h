// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/protocol/frpx/tunnelmessages.h"

#include <map>
#include <optional>
#include <vector>

namespace frpx::client {

/// The tunnels that a client wants, with the state of each. Keeps their ports, so that a tunnel opens again
/// on the same port. A value class; times are steadyMs().
///
/// A tunnel that the server refuses is requested again: in each new session, within a session after
/// firstDelayMs, then after twice that time, up to maxDelayMs, and when askAgain() is called.
class WantedTunnels
{
public:
    struct Event
    {
        enum class Kind {
            Opened,
            Delayed, ///< refused; requested again after delayMs
            Refused, ///< refused and removed: it was never open, and is not requested again
            Closed, ///< by the server or by a limit; removed
        };
        Kind kind = Kind::Opened;
        int id = 0;
        QString name;
        quint16 port = 0; ///< of Opened
        QString reason; ///< of the other kinds
        proto::TunnelCode code = proto::TunnelCode::Ok; ///< of Delayed and Refused
        qint64 delayMs = 0; ///< of Delayed
    };
    static constexpr qint64 firstDelayMs = 15'000;
    static constexpr qint64 maxDelayMs = 600'000;
    static constexpr size_t maxRequestsAtOnce = 64; ///< keeps many tunnels from filling the link's outbox

    /// Adds \a spec. If the server refuses it before it was open, it is removed, or with \a keepTrying asked
    /// for again. \return its id, which is never reused.
    int add(const TunnelSpec &spec, bool keepTrying = false);
    /// Checks \a spec, also against the other tunnels. Errc::BadField or Errc::AlreadyExists with a sentence.
    Result<void> check(const TunnelSpec &spec) const;
    /// Removes the tunnel. \return its name if the server has to close it.
    std::optional<QString> remove(int id);
    const TunnelSpec *spec(int id) const;

    /// The link is lost: all tunnels have to be opened again.
    void onOffline();
    /// The requests to send now; more may be due, see nextDue().
    std::vector<proto::OpenTunnel> takeDue(qint64 now);
    /// When to call takeDue() again; empty: after the next event.
    std::optional<qint64> nextDue() const;
    /// The tunnels whose lifetime has ended while there was no link.
    std::vector<Event> takeExpired(qint64 now);
    std::optional<Event> onResult(const proto::OpenTunnelResult &result, qint64 now);
    std::optional<Event> onClosed(const proto::TunnelClosed &closed);

    /// Makes all refused tunnels due now. \return how many.
    int askAgain();
    /// The tunnels that the server has refused in this session, and that are requested again.
    struct Refusal
    {
        QString name;
        QString reason;
        qint64 dueAt = 0;
    };
    std::vector<Refusal> refusals() const;
    /// Whether the server has not answered for a tunnel: not requested, or not answered.
    bool hasUnanswered() const;

    bool isEmpty() const { return m_tunnels.empty(); }

private:
    enum class State { Wanted, Opening, Open };
    struct Entry
    {
        TunnelSpec spec;
        bool keepTrying = false;
        State state = State::Wanted;
        qint64 dueAt = 0; ///< while it is wanted
        qint64 delayMs = 0; ///< after the last refusal
        QString refusal; ///< the reason, since the last session, opening or askAgain(); empty: not refused
        int requestId = 0; ///< while it is being opened
        quint16 port = 0; ///< its last one
        bool portIsGone = false; ///< the server has refused that port in this session
        bool wasOpen = false;
        qint64 deadlineMs = 0; ///< end of its lifetime, once it was open; 0: none
    };
    using Map = std::map<int, Entry>;

    Map m_tunnels; ///< by id
    int m_lastId = 0;
    int m_lastRequest = 0;
};

} // namespace frpx::client
