// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/net/ipaddress.h"

#include <QHash>
#include <QString>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace frpx {
class IoLoop;
}

namespace frpx::server {

class Acquisition;

/// Leads to an Acquisition from other threads. Only the thread of `loop` reads or changes `acquisition`.
struct AcquisitionHandle
{
    IoLoop &loop;
    Acquisition *acquisition; ///< null: it has ended
};

/// The work connections that clients were asked to dial. Each id can be taken once. Any thread may call any
/// function.
class DialRequests
{
public:
    struct Request
    {
        QString id; ///< the client names it when it has dialled in
        SessionId session{}; ///< the client that was asked
        net::SourceKey source{}; ///< its address
        std::shared_ptr<AcquisitionHandle> waiting = {}; ///< gets the connection
    };

    void add(const Request &request);
    /// Takes out the request \a id; nullopt if it is unknown, taken already or withdrawn.
    std::optional<Request> take(const QString &id);
    /// As take(), only if \a session was asked.
    std::optional<Request> take(const QString &id, SessionId session);
    /// Takes out the requests to \a session.
    std::vector<Request> takeOf(SessionId session);

    size_t size() const;
    /// The number of requests to clients at the address \a source.
    size_t askedOf(const net::SourceKey &source) const;

private:
    std::optional<Request> takeAt(QHash<QString, Request>::iterator it);

    mutable std::mutex m_mutex;
    // All below are guarded by m_mutex.
    QHash<QString, Request> m_requests;
    QHash<net::SourceKey, size_t> m_asked;
};

} // namespace frpx::server
