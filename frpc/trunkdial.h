// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaypool.h"
#include "common/relay/stream.h"
#include "common/relay/trunkshare.h"
#include "frpc/workroute.h"

namespace frpx::client {

/// The client's trunks of one control session: those that the server's proposals ask for are dialled.
class DialledTrunks : public TrunkShare, public std::enable_shared_from_this<DialledTrunks>
{
public:
    struct Server
    {
        WorkRoute route; ///< without a proxy
        QString session; ///< the secret of the registration
    };

    /// \a relays outlives what runs in it.
    DialledTrunks(RelayPool &relays, Server server);

    /// Are these the ones of that session?
    bool isOf(const QString &session) const { return m_server.session == session; }

    /// Dials it, unless that is under way or has just failed. In the thread of \a loop.
    void want(size_t loop, quint32 peerLoop) override;

private:
    friend class TrunkDial;
    struct Attempt
    {
        quint32 peerLoop = 0;
        qint64 againAtMs = 0; ///< no other one before; 0: it is under way
    };

    void onDialled(size_t loop, quint32 peerLoop, bool successfully);

    RelayPool &m_relays;
    const Server m_server;
    std::vector<std::vector<Attempt>> m_attempts; ///< of each loop, for its thread only
};

/// Dials one trunk in a relay loop, until the server has said that it may be used.
class TrunkDial : public IoHandler
{
public:
    static void start(IoLoop &loop, size_t loopIndex, quint32 peerLoop, std::shared_ptr<DialledTrunks> share);

    TrunkDial(IoLoop &loop, size_t loopIndex, quint32 peerLoop, std::shared_ptr<DialledTrunks> share,
        Stream stream);

    void onIo(int side, IoEvents events) override;
    void onHandshakeTurn() override { secure(); }
    void onTick(qint64 nowMs) override;
    bool wantsRead(int side) const override;
    bool wantsWrite(int side) const override;
    bool wantsError(int) const override { return false; }

private:
    enum class State { Dialling, Securing, Introduced };

    void onConnected();
    void secure();
    void readHello();
    void end(bool successfully, const QString &why = {});

    IoLoop &m_loop;
    const size_t m_loopIndex;
    const quint32 m_peerLoop;
    const std::shared_ptr<DialledTrunks> m_share; ///< shared with the others of the session
    State m_state = State::Dialling;
    Stream m_stream;
    const QByteArray m_introduction;
    const qint64 m_deadlineMs;
    QByteArray m_received;
};

} // namespace frpx::client
