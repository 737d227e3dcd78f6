// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/session/listquery.h"

#include <functional>
#include <map>
#include <optional>

namespace frpx::client {

/// The open queries of a session, each with its deadline. Only a few are sent at the same time, since the
/// answers are long. A value class; times are steadyMs().
class SessionQueries
{
public:
    static constexpr size_t maxQueries = 64; ///< more are refused
    static constexpr size_t maxAsked = 2; ///< sent and not answered

    using Done = std::function<void(const Result<ListQuery> &)>;
    /// A finished query: the caller calls `done` with the result.
    struct Finished
    {
        Done done;
        Result<ListQuery> result;
    };

    /// Returns false and takes nothing if there are maxQueries already.
    bool add(ListQuery query, qint64 deadlineMs, Done done);
    /// Returns the requests to send now; only while online.
    std::vector<proto::Message> takeDue();
    /// Takes the answer to a request; an answer to a query that has ended is ignored.
    std::optional<Finished> onPage(const proto::Services &page) { return onAnyPage(page); }
    std::optional<Finished> onPage(const proto::FreePorts &page) { return onAnyPage(page); }
    /// The link is lost: all queries are sent again later.
    void onOffline();
    /// The earliest deadline.
    std::optional<qint64> nextDeadline() const;
    /// Ends the queries past their deadline with Errc::Timeout.
    std::vector<Finished> takeExpired(qint64 now);
    /// Ends all queries with \a error.
    std::vector<Finished> takeAll(const Error &error);

private:
    struct Entry
    {
        ListQuery query;
        Done done;
        qint64 deadlineMs = 0;
        int requestId = 0; ///< of the requested page; 0: none
    };

    template <typename Page>
    std::optional<Finished> onAnyPage(const Page &page);

    std::map<int, Entry> m_entries; ///< oldest first
    int m_lastId = 0;
    int m_lastRequest = 0;
};

} // namespace frpx::client
