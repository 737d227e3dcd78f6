// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/proxyhandshake.h"
#include "common/relay/relayhandler.h"
#include "common/relay/stream.h"
#include "frpc/work/answerwatch.h"

#include <functional>
#include <optional>

namespace frpx::client {

/// A work connection dialled on request that uses an outbound proxy or TLS or both: from the proxy's answer
/// and the TLS handshake to the end of the visitor's relay, in a relay loop. Both descriptors are connected
/// already.
class TlsDial : public RelayHandler
{
public:
    struct Job
    {
        RelayJob relay; ///< its visitor side is the connection to the server
        std::unique_ptr<TlsState> tls; ///< for that side; null: plain
        std::shared_ptr<const net::ProxyRequest>
            proxy; ///< the request to the proxy; null: a direct connection
        QByteArray introduction; ///< the NewProxyConn frame
        qint64 deadlineMs = 0; ///< of steadyMs()
        /// Called once on failure, in the loop's thread, with a reason for the server's log.
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
    std::optional<Stream> m_server; ///< until the relay starts
    std::optional<ProxyHandshake> m_proxy; ///< until the proxy has answered
};

} // namespace frpx::client
