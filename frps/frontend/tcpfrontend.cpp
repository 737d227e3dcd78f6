// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/tcpfrontend.h"

namespace frpx::server {

TcpFrontend::TcpFrontend(Settings settings, Handler handler)
    : m_id(settings.id)
    , m_handler(std::move(handler))
    , m_backends(settings.spec.name, settings.policy, settings.outliers)
    , m_gate(settings.spec, std::move(settings.account), settings.accountLimit)
    , m_access(std::move(settings.accessRules),
          [this](PendingConnection ticket) {
              ++m_accepted;
              ticket.tunnel = m_id;
              if (!isDefault())
                  ticket.tunnelName = m_backends.name();
              m_handler(*this, std::move(ticket));
          })
    , m_listener([this](UniqueFd visitor) { m_access.receive(std::move(visitor)); })
{
    m_listener.acceptBelow(settings.acceptBelow);
}

quint64 TcpFrontend::accepted() const
{
    const AccessCounters access = m_access.counters();
    return m_accepted + access.denied + access.overLimit + access.badHeader;
}

Result<quint16> TcpFrontend::listen(const QHostAddress &address, quint16 port)
{
    Result<quint16> opened = m_listener.listenOn(address, port);
    if (opened)
        m_backends.setPort(*opened);
    return opened;
}

bool TcpFrontend::wait(PendingConnection &ticket)
{
    if (m_waiting.size() >= maxWaiting)
        return false;
    m_waiting.push_back(std::move(ticket));
    m_gate.counter()->wakeOnLeave();
    return true;
}

std::optional<PendingConnection> TcpFrontend::takeWaiting()
{
    if (m_waiting.empty())
        return std::nullopt;
    PendingConnection ticket = std::move(m_waiting.front());
    m_waiting.pop_front();
    return ticket;
}

std::vector<PendingConnection> TcpFrontend::takeLate(qint64 now)
{
    std::vector<PendingConnection> late;
    // All wait equally long, so they are in order.
    while (!m_waiting.empty() && m_waiting.front().giveUpAt <= now) {
        late.push_back(std::move(m_waiting.front()));
        m_waiting.pop_front();
    }
    return late;
}

QStringList TcpFrontend::waitingIds() const
{
    QStringList ids;
    for (const PendingConnection &ticket : m_waiting)
        ids += ticket.id;
    return ids;
}

} // namespace frpx::server
