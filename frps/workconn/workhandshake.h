// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/relay/ioloop.h"
#include "common/relay/stream.h"
#include "frps/workconn/openingframe.h"
#include "frps/workconn/workconn.h"

#include <atomic>
#include <functional>
#include <memory>

namespace frpx::server {

/// The server's end of a TLS handshake on the proxy port, and of the frame that opens the connection inside
/// it. It runs in a relay loop: a handshake takes half a millisecond of computation, which must not load the
/// control thread.
class WorkHandshake : public IoHandler
{
public:
    struct Opened
    {
        WorkOpening opening;
        WorkConn connection;
    };
    /// Set by another thread when the place is needed for another handshake; this one then ends within a
    /// tick.
    using Recall = std::shared_ptr<std::atomic<bool>>;
    struct Job
    {
        UniqueFd fd;
        std::unique_ptr<TlsState> tls;
        qint64 deadlineMs = 0; ///< of steadyMs()
        /// Called once, in the loop's thread, unless the loop is stopped before. An error is a sentence for
        /// the log.
        std::function<void(Result<Opened> outcome)> done;
        Recall recalled = {}; ///< may be null
    };

    static void start(IoLoop &loop, Job job);

    WorkHandshake(IoLoop &loop, Job job);

    void onIo(int side, IoEvents events) override;
    void onTick(qint64 nowMs) override;
    void onHandshakeTurn() override { proceed(); }
    bool wantsRead(int /*side*/) const override { return !awaitsHandshakeTurn(); }
    bool wantsWrite(int /*side*/) const override { return m_stream.hasUnsent(); }
    bool wantsError(int /*side*/) const override { return false; }

private:
    void proceed();
    void readOpening();
    void conclude();
    void fail(const QString &why);

    IoLoop &m_loop;
    Stream m_stream;
    const qint64 m_deadlineMs;
    const Recall m_recalled;
    std::function<void(Result<Opened> outcome)> m_done;
    bool m_secured = false;
    OpeningFrame m_frame;
    std::optional<WorkOpening> m_opening; ///< once it is whole
};

} // namespace frpx::server
