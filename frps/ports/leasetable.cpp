// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/leasetable.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

LeaseTable::LeaseTable(PortRanges allowed)
    : m_allowed(std::move(allowed))
{
    for (Space &space : m_spaces)
        space.uses.resize(65'536);
}

bool LeaseTable::insert(const Lease &lease)
{
    Space &ports = space(lease.key.protocol);
    quint8 &use = ports.uses[lease.port];
    if ((use & Leased) || m_byId.contains(lease.id))
        return false;
    const auto [position, isNew] = m_leases.try_emplace(lease.key, lease);
    if (!isNew)
        return false;
    const Lease *stored = &position->second;
    m_byId.emplace(lease.id, stored);
    ports.holders.emplace(lease.port, stored);
    if (lease.key.account != 0) {
        ports.byUse.emplace(std::pair(lease.usedAtMs, lease.id), stored);
        ports.byAccount.emplace(std::tuple(lease.key.account, lease.usedAtMs, lease.id), stored);
    }
    use |= Leased;
    return true;
}

void LeaseTable::remove(const LeaseKey &key)
{
    const auto found = m_leases.find(key);
    if (found == m_leases.end())
        return;
    const Lease &lease = found->second;
    Space &ports = space(lease.key.protocol);
    m_byId.erase(lease.id);
    ports.holders.erase(lease.port);
    ports.byUse.erase({lease.usedAtMs, lease.id});
    ports.byAccount.erase({lease.key.account, lease.usedAtMs, lease.id});
    clear(lease.key.protocol, lease.port, Leased);
    m_leases.erase(found);
}

const Lease *LeaseTable::find(const LeaseKey &key) const
{
    const auto found = m_leases.find(key);
    return found == m_leases.end() ? nullptr : &found->second;
}

const Lease *LeaseTable::find(qint64 id) const
{
    const auto found = m_byId.find(id);
    return found == m_byId.end() ? nullptr : found->second;
}

const Lease *LeaseTable::inheritance(const LeaseKey &key) const
{
    if (key.user.isEmpty())
        return nullptr;
    const QString prefix = key.user + u'.';
    for (const QString &name : {key.tunnel, QString(prefix + key.tunnel)}) {
        const Lease *lease = find(LeaseKey{{}, name, key.protocol});
        if (lease && lease->imported && name.startsWith(prefix)
            && !(space(key.protocol).uses[lease->port] & Reserved))
            return lease;
    }
    return nullptr;
}

const Lease *LeaseTable::holder(PortProtocol protocol, quint16 port) const
{
    const auto &holders = space(protocol).holders;
    const auto found = holders.find(port);
    return found == holders.end() ? nullptr : found->second;
}

const Lease *LeaseTable::touch(const LeaseKey &key, qint64 nowMs)
{
    const auto found = m_leases.find(key);
    if (found == m_leases.end())
        return nullptr;
    Lease &lease = found->second;
    Space &ports = space(key.protocol);
    auto byUse = ports.byUse.extract({lease.usedAtMs, lease.id});
    auto byAccount = ports.byAccount.extract({key.account, lease.usedAtMs, lease.id});
    lease.usedAtMs = nowMs;
    if (byUse) { // it is a lease of an account
        byUse.key().first = nowMs;
        ports.byUse.insert(std::move(byUse));
        std::get<1>(byAccount.key()) = nowMs;
        ports.byAccount.insert(std::move(byAccount));
    }
    return &lease;
}

void LeaseTable::forEachOfAccounts(
    PortProtocol protocol, const std::function<bool(const Lease &)> &visit) const
{
    for (const auto &[use, lease] : space(protocol).byUse) {
        if (!visit(*lease))
            return;
    }
}

void LeaseTable::forEachOf(
    qint64 account, PortProtocol protocol, const std::function<bool(const Lease &)> &visit) const
{
    const auto &byAccount = space(protocol).byAccount;
    for (auto next = byAccount.lower_bound({account, 0, 0});
         next != byAccount.end() && std::get<0>(next->first) == account; ++next) {
        if (!visit(*next->second))
            return;
    }
}

quint16 LeaseTable::choose(PortProtocol protocol, quint16 wanted) const
{
    const Space &ports = space(protocol);
    if (wanted > 0 && m_allowed.contains(wanted) && ports.uses[wanted] == 0)
        return wanted;
    for (const PortRanges::Range &range : m_allowed.ranges()) {
        for (int port = std::max<int>(range.from, ports.firstFree); port <= range.to; ++port) {
            if (ports.uses[static_cast<size_t>(port)] == 0) {
                ports.firstFree = port;
                return static_cast<quint16>(port);
            }
        }
    }
    ports.firstFree = 65'536;
    return 0;
}

void LeaseTable::setReserved(PortProtocol protocol, quint16 port, bool reserved)
{
    if (reserved)
        space(protocol).uses[port] |= Reserved;
    else
        clear(protocol, port, Reserved);
}

void LeaseTable::clear(PortProtocol protocol, quint16 port, Use use)
{
    Space &ports = space(protocol);
    ports.uses[port] = static_cast<quint8>(ports.uses[port] & ~use);
    if (ports.uses[port] == 0)
        ports.firstFree = std::min<int>(ports.firstFree, port);
}

std::vector<Lease> LeaseTable::page(qint64 afterId, qsizetype limit) const
{
    std::vector<Lease> leases;
    for (auto next = m_byId.upper_bound(afterId);
         next != m_byId.end() && static_cast<qsizetype>(leases.size()) < limit; ++next)
        leases.push_back(*next->second);
    return leases;
}

} // namespace frpx::server
