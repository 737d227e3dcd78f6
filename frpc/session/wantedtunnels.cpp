// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/wantedtunnels.h"

#include "common/net/hostaddress.h"
#include "common/tunnel/tunnelfield.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::client {

int WantedTunnels::add(const TunnelSpec &spec, bool keepTrying)
{
    const int id = ++m_lastId;
    m_tunnels[id].spec = spec;
    m_tunnels[id].keepTrying = keepTrying;
    return id;
}

Result<void> WantedTunnels::check(const TunnelSpec &spec) const
{
    if (Result<void> good = frpx::check(spec); !good)
        return good;
    if (!hasService(spec))
        return Error{Errc::BadField, u"The tunnel has no local service."_s};
    if (const Result<QString> service = net::parseService(spec.localHost, u"the local port"); !service)
        return Error{Errc::BadField, u"The local service %1."_s.arg(service.error().detail)};
    const bool isKnown = std::any_of(m_tunnels.begin(), m_tunnels.end(),
        [&spec](const Map::value_type &each) { return each.second.spec.name == spec.name; });
    if (isKnown)
        return Error{Errc::AlreadyExists, u"There is a tunnel of that name already."_s};
    return {};
}

std::optional<QString> WantedTunnels::remove(int id)
{
    auto node = m_tunnels.extract(id);
    if (!node || node.mapped().state == State::Wanted)
        return std::nullopt;
    return node.mapped().spec.name;
}

const TunnelSpec *WantedTunnels::spec(int id) const
{
    const auto it = m_tunnels.find(id);
    return it == m_tunnels.end() ? nullptr : &it->second.spec;
}

void WantedTunnels::onOffline()
{
    for (auto &[id, entry] : m_tunnels) {
        entry.state = State::Wanted;
        entry.dueAt = 0;
        entry.delayMs = 0;
        entry.refusal.clear();
        entry.portIsGone = false;
    }
}

std::vector<WantedTunnels::Event> WantedTunnels::takeExpired(qint64 now)
{
    std::vector<Event> events;
    for (auto it = m_tunnels.begin(); it != m_tunnels.end();) {
        const Entry &entry = it->second;
        if (entry.state != State::Wanted || entry.deadlineMs == 0 || entry.deadlineMs > now) {
            ++it;
            continue;
        }
        events.push_back(
            {Event::Kind::Closed, it->first, entry.spec.name, 0, proto::tunnelend::lifetime.toString(), {}});
        it = m_tunnels.erase(it);
    }
    return events;
}

std::vector<proto::OpenTunnel> WantedTunnels::takeDue(qint64 now)
{
    std::vector<proto::OpenTunnel> requests;
    for (auto &[id, entry] : m_tunnels) {
        if (entry.state != State::Wanted || entry.dueAt > now)
            continue;
        if (requests.size() == maxRequestsAtOnce)
            break;
        proto::OpenTunnel request{0, entry.spec};
        if (entry.spec.remotePort == 0 && entry.port != 0 && !entry.portIsGone) {
            request.spec.remotePort = entry.port;
            request.anyPort = true;
        }
        if (entry.deadlineMs > 0) // the rest of the lifetime
            request.spec.lifetimeS = static_cast<int>(std::max<qint64>(1, (entry.deadlineMs - now) / 1000));
        request.requestId = entry.requestId = ++m_lastRequest;
        entry.state = State::Opening;
        requests.push_back(request);
    }
    return requests;
}

std::optional<qint64> WantedTunnels::nextDue() const
{
    std::optional<qint64> next;
    for (const auto &[id, entry] : m_tunnels) {
        if (entry.state == State::Wanted)
            next = std::min(next.value_or(entry.dueAt), entry.dueAt);
    }
    return next;
}

std::optional<WantedTunnels::Event> WantedTunnels::onResult(const proto::OpenTunnelResult &result, qint64 now)
{
    const auto it = std::find_if(m_tunnels.begin(), m_tunnels.end(), [&result](const Map::value_type &each) {
        return each.second.state == State::Opening && each.second.requestId == result.requestId;
    });
    if (it == m_tunnels.end())
        return std::nullopt; // removed meanwhile
    Entry &entry = it->second;
    Event event{Event::Kind::Opened, it->first, entry.spec.name, static_cast<quint16>(result.port), {}, {}};
    if (result.code == proto::TunnelCode::Ok) {
        entry.state = State::Open;
        entry.port = event.port;
        entry.delayMs = 0;
        entry.refusal.clear();
        if (entry.deadlineMs == 0 && entry.spec.lifetimeS > 0)
            entry.deadlineMs = now + entry.spec.lifetimeS * qint64(1000);
        entry.wasOpen = true;
        return event;
    }
    event.port = 0;
    event.reason = result.error.value_or(QString());
    if (event.reason.isEmpty())
        event.reason = proto::tunnelCodeName(result.code);
    event.code = result.code;
    if (!entry.wasOpen && !entry.keepTrying) {
        event.kind = Event::Kind::Refused;
        m_tunnels.erase(it);
        return event;
    }
    entry.state = State::Wanted;
    const bool isAboutThePort =
        result.code == proto::TunnelCode::PortNotAllowed || result.code == proto::TunnelCode::PortOccupied;
    if (isAboutThePort && entry.spec.remotePort == 0 && entry.port != 0 && !entry.portIsGone) {
        entry.portIsGone = true; // its last port, but not the configured one: any other will do
        entry.dueAt = now;
        return std::nullopt;
    }
    event.kind = Event::Kind::Delayed;
    entry.delayMs = std::clamp(2 * entry.delayMs, firstDelayMs, maxDelayMs);
    entry.dueAt = now + entry.delayMs;
    entry.refusal = event.reason;
    event.delayMs = entry.delayMs;
    return event;
}

int WantedTunnels::askAgain()
{
    int refused = 0;
    for (auto &[id, entry] : m_tunnels) {
        if (entry.refusal.isEmpty())
            continue;
        ++refused; // also if a request is being answered now
        entry.dueAt = 0;
        entry.delayMs = 0;
        entry.refusal.clear();
        entry.portIsGone = false;
    }
    return refused;
}

std::vector<WantedTunnels::Refusal> WantedTunnels::refusals() const
{
    std::vector<Refusal> refused;
    for (const auto &[id, entry] : m_tunnels) {
        if (!entry.refusal.isEmpty())
            refused.push_back({entry.spec.name, entry.refusal, entry.dueAt});
    }
    return refused;
}

bool WantedTunnels::hasUnanswered() const
{
    return std::any_of(m_tunnels.begin(), m_tunnels.end(), [](const Map::value_type &each) {
        return each.second.state != State::Open && each.second.refusal.isEmpty();
    });
}

std::optional<WantedTunnels::Event> WantedTunnels::onClosed(const proto::TunnelClosed &closed)
{
    // A tunnel that is being opened is not the one that the server has closed.
    const auto it = std::find_if(m_tunnels.begin(), m_tunnels.end(), [&closed](const Map::value_type &each) {
        return each.second.state == State::Open && each.second.spec.name == closed.tunnel;
    });
    if (it == m_tunnels.end())
        return std::nullopt;
    const Event event{Event::Kind::Closed, it->first, closed.tunnel, 0, closed.reason, {}};
    m_tunnels.erase(it);
    return event;
}

} // namespace frpx::client
