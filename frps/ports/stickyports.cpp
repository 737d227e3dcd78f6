// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/stickyports.h"

#include "common/core/clock.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

StickyPorts::StickyPorts(PortRanges ports, Probe probe, Clock clock)
    : m_ports(std::move(ports))
    , m_probe(std::move(probe))
    , m_clock(clock ? std::move(clock) : Clock(steadyMs))
{ }

void StickyPorts::acquire(qint64 userId, const QString &tunnelName, const QString &protocol,
    const PortRequest &request, Callback callback)
{
    const Key key{userId, tunnelName, protocol};
    const Result<quint16> port = choose(key, request);
    if (port) {
        if (m_leases.size() >= maxRemembered)
            forgetIdle(m_clock());
        const quint16 before = portOf(key);
        if (before != *port && m_holder.value(before) == key)
            m_holder.remove(before);
        if (const auto last = m_holder.constFind(*port); last != m_holder.cend() && *last != key)
            m_leases.erase(*last);
        m_leases.insert_or_assign(key, Lease{*port, true});
        m_holder.insert(*port, key);
    }
    callback(port);
}

void StickyPorts::release(qint64 userId, const QString &tunnelName, const QString &protocol, const Hold &hold)
{
    const auto it = m_leases.find({userId, tunnelName, protocol});
    if (it == m_leases.end())
        return;
    it->second.inUse = false;
    it->second.heldUntil = m_clock() + hold.forMs;
    it->second.heldForAccount = hold.forAccount;
}

quint16 StickyPorts::portOf(const Key &key) const
{
    const auto it = m_leases.find(key);
    return it == m_leases.end() ? 0 : it->second.port;
}

/// Whether \a key may have the wanted port.
Result<void> StickyPorts::mayHave(const Key &key, const PortRequest &request, qint64 now) const
{
    if (!isAllowed(request.port, request))
        return Error{Errc::Forbidden, m_ports.refusalOf(request.port)};
    if (isTaken(request.port, key, now))
        return Error{Errc::AlreadyExists, u"Another tunnel has port %1."_s.arg(request.port)};
    if (!m_probe(request.port))
        return Error{Errc::AlreadyExists, u"Another program has port %1."_s.arg(request.port)};
    return {};
}

bool StickyPorts::isAllowed(quint16 port, const PortRequest &request) const
{
    return m_ports.contains(port) && (!request.among || request.among->contains(port));
}

std::function<bool(quint16)> StickyPorts::keptPorts(qint64 /*userId*/) const
{
    return [](quint16) { return false; };
}

Result<quint16> StickyPorts::choose(const Key &key, const PortRequest &request)
{
    const qint64 now = m_clock();
    if (request.port != 0) {
        const Result<void> good = mayHave(key, request, now);
        if (good)
            return request.port;
        if (!request.orAny)
            return good.error();
    }
    const quint16 before = portOf(key);
    if (before != 0 && isAllowed(before, request) && !isTaken(before, key, now) && m_probe(before))
        return before;
    int probes = 0;
    for (const bool remembered : {false, true}) { // ports without a former holder first
        for (const PortRanges::Range &range : m_ports.ranges()) {
            for (int i = range.from; i <= range.to && probes < maxProbes; ++i) {
                const auto port = static_cast<quint16>(i);
                if (!isAllowed(port, request) || m_holder.contains(port) != remembered
                    || isTaken(port, key, now))
                    continue;
                ++probes;
                if (m_probe(port))
                    return port;
            }
        }
    }
    return Error{Errc::Busy, u"Every port that this server may assign is taken."_s};
}

bool StickyPorts::isTaken(quint16 port, const Key &key, qint64 now) const
{
    const auto holder = m_holder.constFind(port);
    if (holder == m_holder.cend() || *holder == key)
        return false;
    const auto lease = m_leases.find(*holder);
    if (lease == m_leases.end() || lease->second.port != port)
        return false;
    const bool isMine = lease->second.heldForAccount && std::get<qint64>(*holder) == std::get<qint64>(key);
    return lease->second.inUse || (lease->second.heldUntil > now && !isMine);
}

void StickyPorts::forgetIdle(qint64 now)
{
    std::erase_if(m_leases, [this, now](const auto &each) {
        const Lease &lease = each.second;
        if (lease.inUse || lease.heldUntil > now)
            return false;
        m_holder.remove(lease.port);
        return true;
    });
}

} // namespace frpx::server
