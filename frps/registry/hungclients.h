// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/registry/clientstreams.h"

#include <QHash>
#include <QString>

#include <unordered_map>

namespace frpx::server {

/// When the streams of a client that says nothing on its control link are to end (docs/adr/0036), and those
/// clients whose session has ended while their streams go on. The time counts from the last message of the
/// client.
///
/// A value class without clock; times are steadyMs().
class HungClients
{
public:
    /// What to do about a client that is still connected.
    enum class Verdict {
        Wait,
        Ask, ///< a live one need not say anything for so long: a Ping tells
        Hung, ///< its streams are to end
    };
    /// One client process, over all its sessions.
    struct Identity
    {
        qint64 userId = 0;
        QString clientId;
        QString instance; ///< empty for an original client: whoever has its client id is the same

        bool operator==(const Identity &) const = default;
    };

    /// \a limitMs of silence; 0: never, and nothing is remembered.
    explicit HungClients(qint64 limitMs)
        : m_limitMs(limitMs)
    { }
    void setLimit(qint64 limitMs);
    bool isOn() const { return m_limitMs > 0; }

    /// Call it about once a second. When the last call is long ago, this server has stood still itself or the
    /// limit is new: silence counts from now on.
    void look(qint64 nowMs);

    /// Of a connected client that was heard at \a heardAtMs. One that cannot be asked (\a canBeAsked is
    /// false) also has the \a silenceLimitMs after which its session ends.
    Verdict judge(qint64 heardAtMs, qint64 nowMs, bool canBeAsked, qint64 silenceLimitMs) const;

    /// A session is over, and nobody knows whether the client lives; it was heard at \a heardAtMs.
    void lost(const Identity &client, qint64 heardAtMs, const ClientStreams &streams);
    /// The client is back: what it still serves is no longer waited for.
    ClientStreams takeBack(const Identity &client);

    struct Hung
    {
        Identity client;
        ClientStreams streams;
    };
    /// Takes out the lost clients whose time is over. Those whose streams have ended are forgotten.
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

    static constexpr qint64 longestPauseMs = 5000; ///< between two looks

    qint64 silence(qint64 heardAtMs, qint64 nowMs) const
    {
        return nowMs - std::max(heardAtMs, m_countFromMs);
    }

    qint64 m_limitMs;
    qint64 m_lookedAtMs = 0;
    qint64 m_countFromMs = 0; ///< no silence has begun before
    std::unordered_map<Identity, Lost, Hash> m_lost;
};

} // namespace frpx::server
