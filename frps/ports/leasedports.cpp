// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/leasedports.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "common/core/walltime.h"
#include "frps/ports/portkeeper.h"

#include <QDateTime>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind portRecycled{lcPorts, QtInfoMsg, 20};
constexpr int maxAttempts = 5; // the chosen port may go to another request before it is stored

} // namespace

LeasedPorts::LeasedPorts(PortKeeper &keeper, PortRanges ports, Probe probe, Clock clock)
    : m_keeper(keeper)
    , m_ports(std::move(ports))
    , m_probe(std::move(probe))
    , m_clock(clock ? std::move(clock) : Clock(steadyMs))
    , m_startedMs(m_clock())
{ }

void LeasedPorts::acquire(qint64 userId, const QString &tunnelName, const QString &protocol,
    const PortRequest &request, Callback callback)
{
    const LeaseKey key{{}, tunnelName, protocolFromName(protocol).value_or(PortProtocol::Tcp), userId};
    if (request.port == 0 || request.orAny)
        acquireAny(key, request, callback, 1);
    else
        acquireWanted(key, request, callback);
}

void LeasedPorts::acquireWanted(const LeaseKey &key, const PortRequest &request, const Callback &callback)
{
    const quint16 port = request.port;
    if (!isAllowed(port, request))
        return callback(Error{Errc::Forbidden, m_ports.refusalOf(port)});
    if (isTaken(port, key))
        return callback(Error{Errc::AlreadyExists, u"Another tunnel has port %1."_s.arg(port)});
    const Lease *lease = m_keeper.table().holder(key.protocol, port);
    const bool isOwn = lease && lease->key == key;
    if (m_keeper.table().isReserved(key.protocol, port) || (lease && !isOwn && !mayTakeFrom(*lease, key)))
        return callback(Error{Errc::AlreadyExists, u"Port %1 is leased to another tunnel."_s.arg(port)});
    if (!m_probe(port))
        return callback(Error{Errc::AlreadyExists, u"Another program has port %1."_s.arg(port)});
    hold(key, port);
    if (!lease)
        return callback(port);
    if (isOwn) {
        m_keeper.touch(key);
        return callback(port);
    }
    // The other lease is removed durably before the answer: otherwise both would have the port after a
    // restart.
    m_keeper.release(LeaseKey(lease->key),
        [this, life = std::weak_ptr(m_life), key, port, callback](const Result<Lease> &released) {
            if (life.expired())
                return;
            if (released || released.error().code == Errc::NotFound)
                return callback(port);
            letGo(key, {});
            callback(Error{Errc::Storage, released.error().detail});
        });
}

void LeasedPorts::acquireAny(
    const LeaseKey &key, const PortRequest &request, const Callback &callback, int attempt)
{
    const Lease *lease = m_keeper.table().find(key);
    if (lease && isAllowed(lease->port, request) && !isTaken(lease->port, key) && m_probe(lease->port)) {
        const quint16 port = lease->port;
        hold(key, port);
        m_keeper.touch(key);
        return callback(port);
    }
    quint16 port = canGrant(key, request) ? request.port : 0;
    const std::optional<Lease> own = port == 0 ? chooseOwn(key, request) : std::nullopt;
    if (own)
        port = own->port;
    if (port == 0)
        port = chooseFree(key, request);
    if (port == 0)
        port = chooseRecycled(key, request);
    if (port == 0)
        return callback(Error{Errc::Busy, u"Every port that this server may assign is taken."_s});
    hold(key, port);
    m_keeper.claim(key, port,
        [this, life = std::weak_ptr(m_life), key, request, own, callback, attempt](
            const Result<quint16> &claimed) {
            if (life.expired())
                return;
            if (claimed) {
                if (own)
                    noteGivenUp(*own, request.maxLeases);
                giveUpSurplus(key, request.maxLeases);
                return callback(*claimed);
            }
            letGo(key, {});
            if (claimed.error().code == Errc::AlreadyExists && attempt < maxAttempts)
                return acquireAny(key, request, callback, attempt + 1);
            // The keeper's Busy is not "all ports are taken".
            callback(Error{Errc::Storage, claimed.error().detail});
        });
}

bool LeasedPorts::canGrant(const LeaseKey &key, const PortRequest &request) const
{
    return isAllowed(request.port, request) && isFree(request.port, key) && m_probe(request.port);
}

/// The leases of the account, without those that are being removed.
int LeasedPorts::countOf(const LeaseKey &key) const
{
    int count = 0;
    m_keeper.table().forEachOf(key.account, key.protocol, [&](const Lease &lease) {
        count += lease.key == key || !m_keeper.isBusy(lease.key) ? 1 : 0;
        return true;
    });
    return count;
}

/// The leases of the account that no tunnel uses, the oldest use first.
std::vector<Lease> LeasedPorts::idleLeasesOf(const LeaseKey &key) const
{
    std::vector<Lease> idle;
    m_keeper.table().forEachOf(key.account, key.protocol, [&](const Lease &lease) {
        if (lease.key != key && !isInUse(lease.port) && !m_keeper.isBusy(lease.key)
            && !m_keeper.table().isReserved(key.protocol, lease.port))
            idle.push_back(lease);
        return true;
    });
    return idle;
}

/// For an account that has all the leases it may have: its own lease that has been unused for the longest
/// time. Nullopt if it may have more, or uses all of them.
std::optional<Lease> LeasedPorts::chooseOwn(const LeaseKey &key, const PortRequest &request) const
{
    const bool hasOwn = m_keeper.table().find(key) != nullptr; // the new lease replaces that one
    if (request.maxLeases == 0 || countOf(key) - (hasOwn ? 1 : 0) < request.maxLeases)
        return std::nullopt;
    int probes = 0;
    for (const Lease &lease : idleLeasesOf(key)) {
        if (isAllowed(lease.port, request) && ++probes <= maxProbes && m_probe(lease.port))
            return lease;
    }
    return std::nullopt;
}

void LeasedPorts::noteGivenUp(const Lease &lease, int maxLeases)
{
    m_keeper.noteGivenUp();
    qCInfo(lcPorts).noquote()
        << u"Account %1 has more than %2 leases: tunnel '%3' loses port %4, unused for %5 s"_s.arg(
               QString::number(lease.key.account), QString::number(maxLeases), logSafe(lease.key.tunnel),
               QString::number(lease.port),
               QString::number((QDateTime::currentMSecsSinceEpoch() - lease.usedAtMs) / 1000));
}

/// Removes unused leases of the account of \a key until it is within its limit.
void LeasedPorts::giveUpSurplus(const LeaseKey &key, int maxLeases)
{
    int surplus = maxLeases == 0 ? 0 : countOf(key) - maxLeases;
    if (surplus <= 0)
        return;
    for (const Lease &lease : idleLeasesOf(key)) {
        if (surplus-- == 0)
            return;
        noteGivenUp(lease, maxLeases);
        m_keeper.release(
            // A failure is retried with the account's next new lease.
            lease.key, [](const Result<Lease> &) {});
    }
}

/// The lowest free port; 0 if there is none.
quint16 LeasedPorts::chooseFree(const LeaseKey &key, const PortRequest &request) const
{
    int probes = 0;
    for (const PortRanges::Range &range : m_ports.ranges()) {
        for (int i = range.from; i <= range.to && probes < maxProbes; ++i) {
            const auto port = static_cast<quint16>(i);
            if (!isAllowed(port, request) || !isFree(port, key))
                continue;
            ++probes;
            if (m_probe(port))
                return port;
        }
    }
    return 0;
}

/// The port of the lease that has been unused for the longest time; 0 if there is none.
quint16 LeasedPorts::chooseRecycled(const LeaseKey &key, const PortRequest &request) const
{
    if (m_clock() - m_startedMs < graceMs)
        return 0;
    int probes = 0;
    quint16 chosen = 0;
    m_keeper.table().forEachOfAccounts(key.protocol, [&](const Lease &lease) {
        if (!isAllowed(lease.port, request) || isTaken(lease.port, key) || m_keeper.isBusy(lease.key)
            || m_keeper.table().isReserved(key.protocol, lease.port))
            return true;
        if (m_probe(lease.port)) {
            chosen = lease.port;
            logThrottled(portRecycled,
                u"No port is free: port %1 of tunnel '%2', unused for %3 s, goes to '%4'"_s.arg(
                    QString::number(lease.port), logSafe(lease.key.tunnel),
                    QString::number((wallMs() - lease.usedAtMs) / 1000), logSafe(key.tunnel)));
        }
        return chosen == 0 && ++probes < maxProbes;
    });
    return chosen;
}

bool LeasedPorts::isAllowed(quint16 port, const PortRequest &request) const
{
    return m_ports.contains(port) && (!request.among || request.among->contains(port));
}

bool LeasedPorts::isTaken(quint16 port, const LeaseKey &key) const
{
    const auto found = m_holders.find(port);
    if (found == m_holders.end() || found->second.key == key)
        return false;
    const Holder &holder = found->second;
    const bool isMine = holder.heldForAccount && holder.key.account == key.account;
    return holder.inUse || (holder.heldUntil > m_clock() && !isMine);
}

bool LeasedPorts::isInUse(quint16 port) const
{
    const auto found = m_holders.find(port);
    return found != m_holders.end() && (found->second.inUse || found->second.heldUntil > m_clock());
}

bool LeasedPorts::isFree(quint16 port, const LeaseKey &key) const
{
    return m_keeper.table().isUnused(key.protocol, port) && !isTaken(port, key);
}

/// Whether \a key may take over the port of \a lease, whose tunnel is not open: if the account is the same
/// (its tunnel has a new name), or if no port is left otherwise.
bool LeasedPorts::mayTakeFrom(const Lease &lease, const LeaseKey &key) const
{
    if (lease.key.account == 0)
        return false; // of a client of a frp server, which does not report whether it uses the port
    return lease.key.account == key.account || isExhausted();
}

bool LeasedPorts::isExhausted() const
{
    if (m_clock() - m_startedMs < graceMs)
        return false;
    for (const PortRanges::Range &range : m_ports.ranges()) {
        for (int port = range.from; port <= range.to; ++port) {
            if (isFree(static_cast<quint16>(port), {}))
                return false;
        }
    }
    return true;
}

std::function<bool(quint16)> LeasedPorts::keptPorts(qint64 userId) const
{
    return [&table = m_keeper.table(), userId, exhausted = isExhausted()](quint16 port) {
        if (table.isUnused(PortProtocol::Tcp, port))
            return false;
        const Lease *lease = table.holder(PortProtocol::Tcp, port);
        const bool mayBeTaken =
            lease && lease->key.account != 0 && (lease->key.account == userId || exhausted);
        return !mayBeTaken;
    };
}

void LeasedPorts::hold(const LeaseKey &key, quint16 port)
{
    if (const auto before = m_portOf.find(key); before != m_portOf.end()) {
        m_holders.erase(before->second);
        m_portOf.erase(before);
    }
    if (const auto last = m_holders.find(port); last != m_holders.end())
        m_portOf.erase(last->second.key);
    m_holders.insert_or_assign(port, Holder{key, true});
    m_portOf.emplace(key, port);
}

void LeasedPorts::letGo(const LeaseKey &key, const Hold &hold)
{
    const auto found = m_portOf.find(key);
    if (found == m_portOf.end())
        return;
    Holder &holder = m_holders.at(found->second);
    holder.inUse = false;
    holder.heldUntil = m_clock() + hold.forMs;
    holder.heldForAccount = hold.forAccount;
}

void LeasedPorts::release(qint64 userId, const QString &tunnelName, const QString &protocol, const Hold &hold)
{
    const LeaseKey key{{}, tunnelName, protocolFromName(protocol).value_or(PortProtocol::Tcp), userId};
    letGo(key, hold);
    m_keeper.touch(key);
}

} // namespace frpx::server
