// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/relay/ioloop.h"
#include "common/relay/stream.h"
#include "frps/frontend/visitorconnection.h"

#include <atomic>
#include <functional>

namespace frpx::server {

/// The server's end of a visitor's TLS handshake, in a relay loop. HTTP without TLS gets a short answer with
/// the reason.
class UserHandshake : public IoHandler
{
public:
    /// Set by another thread when the place is needed for another handshake; this one then ends within a
    /// tick.
    using Recall = std::shared_ptr<std::atomic<bool>>;
    struct Job
    {
        VisitorConnection visitor;
        std::unique_ptr<TlsState> tls;
        qint64 deadlineMs = 0; ///< of steadyMs()
        /// Called once, in the loop's thread, unless the loop is stopped before: with the connection, now
        /// under TLS. An error is a sentence for the log; empty if the log needs none.
        std::function<void(Result<VisitorConnection> outcome)> done;
        Recall recalled = {}; ///< may be null
    };

    static void start(IoLoop &loop, Job job);

    UserHandshake(IoLoop &loop, Job job);

    void onIo(int side, IoEvents events) override;
    void onTick(qint64 nowMs) override;
    void onHandshakeTurn() override;
    bool wantsRead(int /*side*/) const override { return !awaitsHandshakeTurn(); }
    bool wantsWrite(int /*side*/) const override { return m_stream.hasUnsent(); }
    bool wantsError(int /*side*/) const override { return false; }

private:
    /// True if the peer begins a TLS handshake. Otherwise this object may have ended.
    bool beginsTls();
    void answerHttp();
    void concludeIfSent();
    void fail(const QString &why);

    IoLoop &m_loop;
    VisitorConnection m_visitor; ///< without the connection
    Stream m_stream;
    const qint64 m_deadlineMs;
    const Recall m_recalled;
    std::function<void(Result<VisitorConnection> outcome)> m_done;
    bool m_secured = false;
};

} // namespace frpx::server
