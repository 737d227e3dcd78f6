// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/dispatch/dialrequests.h"

namespace frpx::server {

void DialRequests::add(const Request &request)
{
    const std::scoped_lock lock(m_mutex);
    ++m_asked[request.source];
    m_requests.insert(request.id, request);
}

std::optional<DialRequests::Request> DialRequests::takeAt(QHash<QString, Request>::iterator it)
{
    Request request = std::move(*it);
    m_requests.erase(it);
    const auto asked = m_asked.find(request.source);
    if (--*asked == 0)
        m_asked.erase(asked);
    return request;
}

std::optional<DialRequests::Request> DialRequests::take(const QString &id)
{
    const std::scoped_lock lock(m_mutex);
    const auto it = m_requests.find(id);
    return it == m_requests.end() ? std::nullopt : takeAt(it);
}

std::optional<DialRequests::Request> DialRequests::take(const QString &id, SessionId session)
{
    const std::scoped_lock lock(m_mutex);
    const auto it = m_requests.find(id);
    return it == m_requests.end() || it->session != session ? std::nullopt : takeAt(it);
}

std::vector<DialRequests::Request> DialRequests::takeOf(SessionId session)
{
    const std::scoped_lock lock(m_mutex);
    QStringList ids;
    for (auto it = m_requests.cbegin(); it != m_requests.cend(); ++it) {
        if (it->session == session)
            ids += it.key();
    }
    std::vector<Request> requests;
    for (const QString &id : std::as_const(ids))
        requests.push_back(*takeAt(m_requests.find(id)));
    return requests;
}

size_t DialRequests::size() const
{
    const std::scoped_lock lock(m_mutex);
    return static_cast<size_t>(m_requests.size());
}

size_t DialRequests::askedOf(const net::SourceKey &source) const
{
    const std::scoped_lock lock(m_mutex);
    return m_asked.value(source);
}

} // namespace frpx::server
