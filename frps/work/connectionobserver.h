// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relayjob.h"

namespace frpx::server {

/// Follows one user from the moment he is let in. It lives as long as he is being served or waits for that,
/// and is destroyed, in any thread, when his connection has ended.
class ConnectionObserver
{
public:
    ConnectionObserver() = default;
    virtual ~ConnectionObserver() = default;
    Q_DISABLE_COPY_MOVE(ConnectionObserver)

    /// Nothing of what the user sends may be passed on before onPaired().
    virtual bool wantsBytes() const = 0;
    /// A client has accepted him: \a job, with both descriptors, is about to run, and is told who looks at
    /// it; \a passedOn bytes of his have gone to the client already. Called once at most, in the thread that
    /// makes the pair.
    virtual void onPaired(RelayJob &job, quint64 passedOn) = 0;
};

} // namespace frpx::server
