// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "frps/clients/controlserver.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr LogKind clientHung{lcControl, QtWarningMsg, 200, 10};
constexpr qint64 hungCheckIntervalMs = 500;

namespace {

HungClients::Identity identityOf(const ClientRecord &record)
{
    return {record.userId, record.clientId, record.instance};
}

} // namespace

/// The streams of a lost client go on; unless the client reconnects they end after --hung-client-timeout.
void ControlServer::rememberLost(const ClientRecord &record)
{
    m_hung.lost(identityOf(record), record.heardAtMs, record.streams);
}

/// \a record is about to be registered: it takes over the streams of its earlier sessions.
void ControlServer::takeBackStreams(ClientRecord &record)
{
    record.streams.add(m_hung.takeBack(identityOf(record)));
}

/// Ends the streams of clients that have sent nothing for too long, and sends a Ping to those that had no
/// reason to send anything.
void ControlServer::endHungStreams(qint64 now)
{
    if (!m_hung.isOn() || now < m_nextHungCheckMs)
        return;
    m_nextHungCheckMs = now + hungCheckIntervalMs;
    m_hung.look(now);
    std::vector<SessionId> asked;
    std::vector<SessionId> hung;
    m_registry.forEach([&](const ClientRecord &record) {
        const HungClients::Verdict verdict =
            m_hung.judge(record.heardAtMs, now, record.serving->pulse != nullptr, record.silenceLimitMs);
        if (verdict == HungClients::Verdict::Hung && record.streams.areUnderWay())
            hung.push_back(record.session);
        else if (verdict == HungClients::Verdict::Ask && !record.askedSinceHeard)
            asked.push_back(record.session);
    });
    for (const SessionId id : asked) {
        if (ClientRecord *record = m_registry.find(id)) // null: ended by one before it
            record->askedSinceHeard = true;
        if (FrpxClientLink *session = find(id))
            session->ping();
    }
    for (const SessionId id : hung) {
        if (const ClientRecord *record = m_registry.find(id))
            cutStreams(record->clientId, record->streams);
    }
    for (const HungClients::Hung &lost : m_hung.takeDue(now))
        cutStreams(lost.client.clientId, lost.streams);
}

void ControlServer::cutStreams(const QString &clientId, const ClientStreams &streams)
{
    qint64 open = 0;
    const auto underWay = streams.underWay();
    for (const auto &meter : underWay)
        open += meter->open.load(std::memory_order_relaxed);
    if (open == 0)
        return; // only visitors that wait for the client; they go to others
    logThrottled(clientHung,
        u"Client %1 has sent nothing for too long: its %2 open connections are cut."_s.arg(
            clientId, QString::number(open)));
    for (const auto &meter : underWay)
        Q_EMIT streamsHung(meter);
}

} // namespace frpx::server
