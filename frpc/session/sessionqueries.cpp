// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/sessionqueries.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

bool SessionQueries::add(ListQuery query, qint64 deadlineMs, Done done)
{
    if (m_entries.size() >= maxQueries)
        return false;
    m_entries.emplace(++m_lastId, Entry{std::move(query), std::move(done), deadlineMs});
    return true;
}

std::vector<proto::Message> SessionQueries::takeDue()
{
    size_t asked = static_cast<size_t>(std::count_if(
        m_entries.begin(), m_entries.end(), [](const auto &each) { return each.second.requestId != 0; }));
    std::vector<proto::Message> requests;
    for (auto &[id, entry] : m_entries) {
        if (asked >= maxAsked)
            break;
        if (entry.requestId != 0)
            continue;
        entry.requestId = ++m_lastRequest;
        requests.push_back(entry.query.request(entry.requestId));
        ++asked;
    }
    return requests;
}

template <typename Page>
std::optional<SessionQueries::Finished> SessionQueries::onAnyPage(const Page &page)
{
    const auto it = std::find_if(m_entries.begin(), m_entries.end(), [&page](const auto &each) {
        return each.second.requestId != 0 && each.second.requestId == page.requestId;
    });
    if (it == m_entries.end())
        return std::nullopt;
    Entry &entry = it->second;
    entry.requestId = 0;
    const Result<bool> complete = entry.query.take(page);
    if (complete && !*complete)
        return std::nullopt;
    Finished finished{std::move(entry.done),
        complete ? Result<ListQuery>(std::move(entry.query)) : Result<ListQuery>(complete.error())};
    m_entries.erase(it);
    return finished;
}

template std::optional<SessionQueries::Finished> SessionQueries::onAnyPage(const proto::Services &);
template std::optional<SessionQueries::Finished> SessionQueries::onAnyPage(const proto::FreePorts &);

void SessionQueries::onOffline()
{
    for (auto &[id, entry] : m_entries) {
        entry.requestId = 0;
        entry.query.restart();
    }
}

std::optional<qint64> SessionQueries::nextDeadline() const
{
    std::optional<qint64> next;
    for (const auto &[id, entry] : m_entries)
        next = std::min(next.value_or(entry.deadlineMs), entry.deadlineMs);
    return next;
}

std::vector<SessionQueries::Finished> SessionQueries::takeExpired(qint64 now)
{
    std::vector<Finished> finished;
    for (auto it = m_entries.begin(); it != m_entries.end();) {
        if (it->second.deadlineMs > now) {
            ++it;
            continue;
        }
        finished.push_back(
            {std::move(it->second.done), Error{Errc::Timeout, u"The server has not answered in time."_s}});
        it = m_entries.erase(it);
    }
    return finished;
}

std::vector<SessionQueries::Finished> SessionQueries::takeAll(const Error &error)
{
    std::vector<Finished> finished;
    for (auto &[id, entry] : m_entries)
        finished.push_back({std::move(entry.done), error});
    m_entries.clear();
    return finished;
}

} // namespace frpx::client
