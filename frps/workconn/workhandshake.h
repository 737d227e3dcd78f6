// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/relay/tlsacceptor.h"
#include "frps/workconn/openingframe.h"
#include "frps/workconn/workconn.h"

#include <functional>

namespace frpx::server {

/// A TLS handshake on the proxy port, in a loop, and the frame that opens the connection inside it.
class WorkHandshake : public TlsAcceptor
{
public:
    struct Opened
    {
        WorkOpening opening;
        WorkConn connection;
    };
    /// Called once, in the loop's thread, unless the loop is stopped before. An error is a sentence for the
    /// log.
    using Done = std::function<void(Result<Opened> outcome)>;

    static void start(IoLoop &loop, Job job, Done done);

    WorkHandshake(IoLoop &loop, Job job, Done done);

private:
    void onSecured() override;
    void onFailed(const QString &why) override;
    void readOpening();

    Done m_done;
    OpeningFrame m_frame;
    std::optional<WorkOpening> m_opening; ///< once it is whole
};

} // namespace frpx::server
