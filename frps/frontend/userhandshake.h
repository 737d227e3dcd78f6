// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/relay/tlsacceptor.h"
#include "frps/frontend/visitorconnection.h"

#include <functional>

namespace frpx::server {

/// A visitor's TLS handshake, in its loop. HTTP without TLS gets a short answer with the reason.
class UserHandshake : public TlsAcceptor
{
public:
    /// Called once, in the loop's thread, unless the loop is stopped before: with the connection, now under
    /// TLS. An error is a sentence for the log; empty if the log needs none.
    using Done = std::function<void(Result<VisitorConnection> outcome)>;

    /// \a job is without the descriptor, which \a visitor has.
    static void start(IoLoop &loop, VisitorConnection visitor, Job job, Done done);

    UserHandshake(IoLoop &loop, VisitorConnection visitor, Job job, Done done);

private:
    bool mayBegin() override;
    void onSecured() override;
    void onFailed(const QString &why) override;
    void answerHttp();

    VisitorConnection m_visitor; ///< without the connection
    Done m_done;
};

} // namespace frpx::server
