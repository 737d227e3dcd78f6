// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/queryclient.h"

#include "common/core/clock.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

QueryClient::QueryClient(QObject *parent)
    : QObject(parent)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &QueryClient::sendDue);
}

void QueryClient::ask(ListQuery query, SessionQueries::Done done)
{
    if (!m_queries.add(std::move(query), steadyMs() + timeoutMs, done))
        return refuse({Errc::Busy, u"Too many queries to the server are open."_s}, std::move(done));
    QMetaObject::invokeMethod(this, &QueryClient::sendDue, Qt::QueuedConnection);
}

void QueryClient::refuse(const Error &error, SessionQueries::Done done)
{
    QMetaObject::invokeMethod(
        this, [error, done = std::move(done)] { done(error); }, Qt::QueuedConnection);
}

void QueryClient::endAll(const Error &error)
{
    m_timer.stop();
    for (const SessionQueries::Finished &query : m_queries.takeAll(error))
        query.done(query.result);
}

void QueryClient::goOnline(ControlChannel &channel)
{
    m_channel = &channel;
    sendDue();
}

void QueryClient::goOffline()
{
    m_channel = nullptr;
    m_queries.onOffline();
}

/// Sends the queries that can be sent now, and ends those past their deadline.
void QueryClient::sendDue()
{
    const std::vector<SessionQueries::Finished> expired = m_queries.takeExpired(steadyMs());
    if (m_channel) {
        for (const proto::Message &request : m_queries.takeDue()) {
            if (m_channel) // a full outbox closes the link
                m_channel->send(request);
        }
    }
    schedule();
    for (const SessionQueries::Finished &query : expired)
        query.done(query.result);
}

void QueryClient::schedule()
{
    if (const std::optional<qint64> next = m_queries.nextDeadline())
        m_timer.start(static_cast<int>(std::max<qint64>(1, *next - steadyMs())));
    else
        m_timer.stop();
}

bool QueryClient::take(const proto::Message &message)
{
    std::optional<SessionQueries::Finished> finished;
    if (const auto *services = std::get_if<proto::Services>(&message))
        finished = m_queries.onPage(*services);
    else if (const auto *ports = std::get_if<proto::FreePorts>(&message))
        finished = m_queries.onPage(*ports);
    else
        return false;
    sendDue(); // the next page, or the next query
    if (finished)
        finished->done(finished->result);
    return true;
}

} // namespace frpx::client
