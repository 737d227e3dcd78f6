// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/proxyhandshake.h"
#include "common/relay/relayhandler.h"
#include "common/relay/stream.h"
#include "frpc/answerwatch.h"

#include <functional>
#include <optional>

namespace frpx::client {

/// A work connection dialled on request that needs more than an introduction: from the outbound proxy's
/// answer and the TLS handshake, or one of them, to the end of the user's relay, in a relay loop. Both its
/// ends are connected already.
class TlsDial : public RelayHandler
{
public:
    struct Job
    {
        RelayJob relay; ///< its user side is the server's
        std::unique_ptr<TlsState> tls; ///< for that side; null: plain
        std::shared_ptr<const net::ProxyRequest> proxy; ///< where that side leads to; null: to the server
        QByteArray introduction; ///< the NewProxyConn frame
        qint64 deadlineMs = 0; ///< of steadyMs()
        /// Called once if it comes to nothing, in the loop's thread, with a reason fit for the server's log.
        std::function<void(const QString &why)> failed;
        AnswerWatch watch{nullptr}; ///< for the relay
    };

    static void start(IoLoop &loop, Job job);

    TlsDial(IoLoop &loop, Job job);

    void onIo(int side, IoEvents events) override;
    void onTick(qint64 nowMs) override;
    void onHandshakeTurn() override;
    void onInspection(const SilenceLimits &limits) override;
    bool wantsRead(int side) const override;
    bool wantsWrite(int side) const override;

private:
    static constexpr int serverSide = 0;
    static constexpr int serviceSide = 1;

    void askProxy();
    void relay();
    void fail(const QString &why);

    Job m_job;
    std::optional<Stream> m_server; ///< until it relays
    std::optional<ProxyHandshake> m_proxy; ///< while it waits for the proxy's answer
};

} // namespace frpx::client
