// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relayjob.h"

namespace frpx::server {

/// Follows one visitor from the moment the server has accepted the connection. It lives while the connection
/// waits for a client or is relayed, and is destroyed, in any thread, when the connection has ended.
class ConnectionObserver
{
public:
    ConnectionObserver() = default;
    virtual ~ConnectionObserver() = default;
    Q_DISABLE_COPY_MOVE(ConnectionObserver)

    /// True: nothing that the visitor sends may be passed on before onPaired().
    virtual bool wantsBytes() const = 0;
    /// A client has accepted the connection. \a job holds both descriptors and is about to start; the
    /// observer may set its tap. \a passedOn bytes of the visitor have been sent to the client already.
    /// Called at most once, in the thread that makes the pair.
    virtual void onPaired(RelayJob &job, quint64 passedOn) = 0;
};

} // namespace frpx::server
