// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/tunnelmessages.h"
#include "frpc/tunnelspec.h"

#include <map>
#include <optional>
#include <vector>

namespace frpx::client {

/// The tunnels a client wants to have, and how far each has come. Remembers the ports, so that a tunnel comes
/// back where it was. A value class; times are steadyMs().
///
/// One that the server refuses is asked for again: in each new session, within one after firstDelayMs, then
/// after twice as long, up to maxDelayMs, and when askAgain() is called.
class ClientTunnels
{
public:
    struct Event
    {
        enum class Kind {
            Opened,
            Delayed, ///< refused, and asked for again after delayMs
            Refused, ///< and forgotten: it was never open, and is not to be tried again
            Closed, ///< by the server or by its limits, and forgotten
        };
        Kind kind = Kind::Opened;
        int id = 0;
        QString name;
        quint16 port = 0; ///< if opened
        QString reason; ///< if not
        proto::TunnelCode code = proto::TunnelCode::Ok; ///< if delayed or refused
        qint64 delayMs = 0; ///< if delayed
    };
    static constexpr qint64 firstDelayMs = 15'000;
    static constexpr qint64 maxDelayMs = 600'000;
    static constexpr size_t maxRequestsAtOnce = 64; ///< so that many tunnels do not fill a link's outbox

    /// Wants \a spec from now on. \return its id, never used twice.
    int add(const TunnelSpec &spec);
    /// Whether \a spec makes sense beside the others. Errc::BadField or Errc::AlreadyExists with a sentence.
    Result<void> check(const TunnelSpec &spec) const;
    /// Wants it no more. \return its name if the server has to be told.
    std::optional<QString> remove(int id);
    const TunnelSpec *spec(int id) const;

    /// The link is gone: all have to be opened anew.
    void onOffline();
    /// What to ask the server for now; more may be due, see nextDue().
    std::vector<proto::OpenTunnel> takeDue(qint64 now);
    /// When to call takeDue() again; nothing: not before something happens.
    std::optional<qint64> nextDue() const;
    /// Those whose life was over while there was no link.
    std::vector<Event> takeExpired(qint64 now);
    std::optional<Event> onResult(const proto::OpenTunnelResult &result, qint64 now);
    std::optional<Event> onClosed(const proto::TunnelClosed &closed);

    /// Something has changed: those that the server has refused are due now. \return how many.
    int askAgain();
    /// Those that the server has refused in this session, and which are asked for again.
    struct Refusal
    {
        QString name;
        QString reason;
        qint64 dueAt = 0;
    };
    std::vector<Refusal> refusals() const;
    /// Whether the server has not said yet of one whether it opens it: not asked, or not answered.
    bool hasUnanswered() const;

    bool isEmpty() const { return m_tunnels.empty(); }

private:
    enum class State { Wanted, Opening, Open };
    struct Entry
    {
        TunnelSpec spec;
        State state = State::Wanted;
        qint64 dueAt = 0; ///< if wanted
        qint64 delayMs = 0; ///< after the last refusal
        QString refusal; ///< the reason, since the last session, opening or askAgain(); empty: none
        int requestId = 0; ///< if opening
        quint16 port = 0; ///< the one it had last
        bool portIsGone = false; ///< the server has refused that one in this session
        bool wasOpen = false;
        qint64 deadlineMs = 0; ///< end of its life, once it was open; 0: none
    };
    using Map = std::map<int, Entry>;

    Map m_tunnels; ///< by id
    int m_lastId = 0;
    int m_lastRequest = 0;
};

} // namespace frpx::client
