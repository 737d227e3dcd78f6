// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/listquery.h"

#include <functional>
#include <map>
#include <optional>

namespace frpx::client {

/// The lists a session has been asked for and has not got yet, each with its deadline. Only a few are asked
/// for at the same time, since the answers are long. A value class; times are steadyMs().
class SessionQueries
{
public:
    static constexpr size_t maxQueries = 64; ///< more are refused
    static constexpr size_t maxAsked = 2; ///< on the wire at the same time

    using Done = std::function<void(const Result<ListQuery> &)>;
    /// One that is over: the caller calls `done` with the result.
    struct Finished
    {
        Done done;
        Result<ListQuery> result;
    };

    /// False, and nothing is taken, if there are maxQueries already.
    bool add(ListQuery query, qint64 deadlineMs, Done done);
    /// What to send now, online.
    std::vector<proto::Message> takeDue();
    /// The answer to a request; one that nobody waits for any more is ignored.
    std::optional<Finished> onPage(const proto::Services &page) { return onAnyPage(page); }
    std::optional<Finished> onPage(const proto::FreePorts &page) { return onAnyPage(page); }
    /// The link is gone: all are asked for anew.
    void onOffline();
    /// When the next deadline passes.
    std::optional<qint64> nextDeadline() const;
    /// Those whose deadline has passed: Errc::Timeout.
    std::vector<Finished> takeExpired(qint64 now);
    /// All, with \a error.
    std::vector<Finished> takeAll(const Error &error);

private:
    struct Entry
    {
        ListQuery query;
        Done done;
        qint64 deadlineMs = 0;
        int requestId = 0; ///< of the page that is under way; 0: none
    };

    template <typename Page>
    std::optional<Finished> onAnyPage(const Page &page);

    std::map<int, Entry> m_entries; ///< oldest first
    int m_lastId = 0;
    int m_lastRequest = 0;
};

} // namespace frpx::client
