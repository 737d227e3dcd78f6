// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// The part of ClientSession that asks the server for lists.

#include "common/core/clock.h"
#include "frpc/session/clientsession.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

void ClientSession::ask(ListQuery query, SessionQueries::Done done)
{
    const bool hopeless = m_state == State::Idle || m_state == State::Draining || m_state == State::NeedsLogin
        || m_state == State::NeedsTrust;
    std::optional<Error> refusal;
    if (hopeless)
        refusal = Error{Errc::PeerClosed, u"The client is not started, or not logged in."_s};
    else if (!m_queries.add(std::move(query), steadyMs() + queryTimeoutMs, done))
        refusal = Error{Errc::Busy, u"Too many queries to the server are open."_s};
    // Queued: the caller gets no result during its call.
    QMetaObject::invokeMethod(
        this,
        [this, refusal, done = std::move(done)] {
            if (refusal)
                done(*refusal);
            else
                askQueries();
        },
        Qt::QueuedConnection);
}

/// Sends the queries that can be sent now, and ends those past their deadline.
void ClientSession::askQueries()
{
    const std::vector<SessionQueries::Finished> expired = m_queries.takeExpired(steadyMs());
    if (m_state == State::Online && hasFeature(proto::feature::tunnels)) {
        for (const proto::Message &request : m_queries.takeDue()) {
            if (m_channel) // a full outbox closes the link
                m_channel->send(request);
        }
    }
    scheduleQueries();
    for (const SessionQueries::Finished &query : expired)
        query.done(query.result);
}

void ClientSession::scheduleQueries()
{
    if (const std::optional<qint64> next = m_queries.nextDeadline())
        m_queryTimer.start(static_cast<int>(std::max<qint64>(1, *next - steadyMs())));
    else
        m_queryTimer.stop();
}

void ClientSession::endQueries(const Error &error)
{
    const std::vector<SessionQueries::Finished> all = m_queries.takeAll(error);
    m_queryTimer.stop();
    for (const SessionQueries::Finished &query : all)
        query.done(query.result);
}

bool ClientSession::onQueryMessage(const proto::Message &message)
{
    std::optional<SessionQueries::Finished> finished;
    if (const auto *services = std::get_if<proto::Services>(&message))
        finished = m_queries.onPage(*services);
    else if (const auto *ports = std::get_if<proto::FreePorts>(&message))
        finished = m_queries.onPage(*ports);
    else
        return false;
    askQueries(); // the next page, or the next query
    if (finished)
        finished->done(finished->result);
    return true;
}

} // namespace frpx::client
