// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/ioloop.h"
#include "common/relay/streamrelay.h"

#include <optional>

namespace frpx {

/// Side 0 of a relaying handler is the visitor's, side 1 the service's.
constexpr Relay::Side relaySide(int side)
{
    return side == 0 ? Relay::Side::Visitor : Relay::Side::Service;
}

/// A Relay, or a StreamRelay if needed, in an IoLoop. The base of handlers that first do something else with
/// their descriptors and finally relay: they call startRelay() and pass their events to relayIo().
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
    /// Only while relaying.
    int relayFd(int side) const;
    /// The descriptors of \a job must be watched already (sides 0 and 1).
    void startRelay(RelayJob job);
    void relayIo(int side, IoEvents events);
    /// Stores events for startRelay(), because each is reported only once.
    void remember(int side, IoEvents events);
    /// \a side is not readable any more: a read has emptied the receive buffer.
    void noteDrained(int side)
    {
        IoEvents &events = m_remembered[size_t(side)];
        events.readable = events.hungUp || events.urgent; // a read stops before these, too
    }
    /// Forgets the stored events of \a side, which has another descriptor now.
    void forget(int side) { m_remembered[size_t(side)] = {}; }
    void runRelay();
    /// Both directions have ended, or the relay is broken. Has to call finish(), unless the handler continues
    /// with takeReusable().
    virtual void onRelayEnded() { m_loop.finish(this); }
    /// In onRelayEnded(): the connection of \a side if it can serve another visitor; then the other one is
    /// closed, and isRelaying() is false. \a beyond: bytes for that next visitor that have arrived.
    std::optional<Stream> takeReusable(int side, QByteArray &beyond);

private:
    void outgrow();
    void lookAtLoad(qint64 nowMs);

    /// Calls \a call with the current relay; only while relaying.
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
    bool m_looksAtLoad = false; ///< calls RelayLoad::look() at every tick
};

} // namespace frpx
