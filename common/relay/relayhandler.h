// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/ioloop.h"
#include "common/relay/streamrelay.h"

#include <optional>

namespace frpx {

/// Side 0 of a handler that ends up relaying is the user's, side 1 the service's.
constexpr Relay::Side relaySide(int side)
{
    return side == 0 ? Relay::Side::User : Relay::Side::Service;
}

/// A Relay, or a StreamRelay if it has to be one, in an IoLoop. The base of the handlers that first have
/// something else to do with their descriptors and relay in the end: they call startRelay() and pass their
/// events on to relayIo().
class RelayHandler : public IoHandler
{
public:
    explicit RelayHandler(IoLoop &loop)
        : m_loop(loop)
    { }

    /// Watches both descriptors of \a job and relays between them.
    static void start(IoLoop &loop, RelayJob job);

    ~RelayHandler() override;

    void onIo(int side, IoEvents events) override { relayIo(side, events); }
    void onTurn() override;
    void onTick(qint64 nowMs) override;
    void onInspection(const SilenceLimits &limits) override;
    bool cut(const void *key) override;
    bool wantsRead(int side) const override;
    bool wantsWrite(int side) const override;
    bool wantsError(int side) const override;

protected:
    IoLoop &loop() const { return m_loop; }
    bool isRelaying() const { return m_relay || m_streams; }
    /// While relaying.
    int relayFd(int side) const;
    /// The descriptors of \a job are watched already (sides 0 and 1).
    void startRelay(RelayJob job);
    void relayIo(int side, IoEvents events);
    /// Notes what startRelay() must hear of because it is told but once.
    void remember(int side, IoEvents events);
    /// Takes back that \a side is readable: a read has just found its end.
    void noteDrained(int side)
    {
        IoEvents &events = m_remembered[size_t(side)];
        events.readable = events.hungUp || events.urgent; // a read stops short of these, too
    }
    /// Takes back all that was remembered of \a side, whose descriptor is another one now.
    void forget(int side) { m_remembered[size_t(side)] = {}; }
    void runRelay();
    /// Both ways have ended, or the relay is broken. finish() is due, unless the handler goes on to something
    /// else by takeReusable().
    virtual void onRelayEnded() { m_loop.finish(this); }
    /// In onRelayEnded(): the connection of \a side if it can serve another user; then the other one is
    /// closed, and isRelaying() is false. \a beyond: what has come for him already.
    std::optional<Stream> takeReusable(int side, QByteArray &beyond);

private:
    void outgrow();
    void lookAtLoad(qint64 nowMs);

    /// \a call with whichever relay it is; while relaying.
    template <typename Call>
    auto withRelay(Call call) const
    {
        return m_streams ? call(*m_streams) : call(*m_relay);
    }
    template <typename Call>
    auto withRelay(Call call)
    {
        return m_streams ? call(*m_streams) : call(*m_relay);
    }

    IoLoop &m_loop;
    std::unique_ptr<Relay> m_relay; ///< one of the two, while relaying
    std::unique_ptr<StreamRelay> m_streams;
    std::array<IoEvents, 2> m_remembered{};
    bool m_looksAtLoad = false; ///< at every tick
};

} // namespace frpx
