// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/clients/clientstreams.h"

#include <QHash>
#include <QString>

#include <unordered_map>

namespace frpx::server {

/// Decides when the streams of a client that sends nothing on its control link end (docs/adr/0036). Also
/// remembers clients whose session has ended while their streams go on. The time counts from the last message
/// of the client.
///
/// A value class without clock; times are steadyMs().
class HungClients
{
public:
    /// What to do about a client that is still connected.
    enum class Verdict {
        Wait,
        Ask, ///< a live client need not have sent anything: send a Ping
        Hung, ///< its streams must end
    };
    /// One client process, over all its sessions.
    struct Identity
    {
        qint64 userId = 0;
        QString clientId;
        QString instance; ///< empty for an original client: any session with its client id is the same client

        bool operator==(const Identity &) const = default;
    };

    /// \a limitMs without a message; 0: never, and nothing is remembered.
    explicit HungClients(qint64 limitMs)
        : m_limitMs(limitMs)
    { }
    void setLimit(qint64 limitMs);
    bool isOn() const { return m_limitMs > 0; }

    /// Call about once a second. If the last call is long ago, the server itself was stopped or the limit is
    /// new: the time then counts from now on.
    void look(qint64 nowMs);

    /// For a connected client whose last message arrived at \a heardAtMs. A client that cannot be probed (\a
    /// canBeAsked is false) has at least \a silenceLimitMs, after which its session ends.
    Verdict judge(qint64 heardAtMs, qint64 nowMs, bool canBeAsked, qint64 silenceLimitMs) const;

    /// A session has ended without a known reason; its last message arrived at \a heardAtMs.
    void lost(const Identity &client, qint64 heardAtMs, const ClientStreams &streams);
    /// The client has reconnected: returns its streams, which are no longer due.
    ClientStreams takeBack(const Identity &client);

    struct Hung
    {
        Identity client;
        ClientStreams streams;
    };
    /// Takes out the lost clients whose time is over, and forgets those whose streams have ended.
    std::vector<Hung> takeDue(qint64 nowMs);

    /// Clients remembered: each had a stream at the last takeDue() or has been lost since.
    size_t size() const { return m_lost.size(); }

private:
    struct Hash
    {
        size_t operator()(const Identity &client) const
        {
            return qHashMulti(0, client.userId, client.clientId, client.instance);
        }
    };
    struct Lost
    {
        qint64 heardAtMs = 0;
        ClientStreams streams;
    };

    static constexpr qint64 longestPauseMs = 5000; ///< between two calls of look()

    qint64 silence(qint64 heardAtMs, qint64 nowMs) const
    {
        return nowMs - std::max(heardAtMs, m_countFromMs);
    }

    qint64 m_limitMs;
    qint64 m_lookedAtMs = 0;
    qint64 m_countFromMs = 0; ///< the time counts from here at the earliest
    std::unordered_map<Identity, Lost, Hash> m_lost;
};

} // namespace frpx::server
