// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/leaseimport.h"

#include "common/core/logging.h"
#include "common/net/portranges.h"

#include <QHash>
#include <QJsonDocument>
#include <QJsonObject>

#include <array>
#include <unordered_map>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr std::array bothProtocols{PortProtocol::Tcp, PortProtocol::Udp};

/// Whether \a lease comes from an import of \a name.
bool belongsTo(const Lease &lease, const QString &name)
{
    if (lease.key.account != 0)
        return false;
    return lease.key.tunnel == name
        || (!lease.key.user.isEmpty() && lease.key.user + u'.' + lease.key.tunnel == name);
}

Error conflict(const QString &name, int port, const QString &why)
{
    return {Errc::AlreadyExists,
        u"Nothing was imported: port %1 of '%2' %3."_s.arg(port).arg(logSafe(name), why)};
}

} // namespace

Result<LeaseImport> importPortKeeperJson(const QByteArray &json, LeaseStore &store)
{
    const QJsonDocument document = QJsonDocument::fromJson(json);
    const QJsonValue proxies = document.object().value("proxies"_L1);
    if (!proxies.isObject())
        return Error{Errc::InvalidArgument,
            u"This is not a db.json of frp-port-keeper: it has no object \"proxies\"."_s};
    const auto stored = store.load();
    if (!stored)
        return stored.error();
    std::array<std::vector<const Lease *>, portProtocols> holders;
    QHash<QString, quint16> portOf; // of imported leases, by the name in such a file
    for (auto &space : holders)
        space.resize(65'536);
    for (const Lease &lease : *stored) {
        holders.at(static_cast<size_t>(lease.key.protocol))[lease.port] = &lease;
        if (lease.key.account != 0)
            continue;
        portOf.insert(lease.key.tunnel, lease.port);
        if (!lease.key.user.isEmpty())
            portOf.insert(lease.key.user + u'.' + lease.key.tunnel, lease.port);
    }

    LeaseImport result;
    std::vector<LeaseChange> changes;
    std::unordered_map<int, QString> seen;
    const QJsonObject entries = proxies.toObject();
    for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
        const QString name = entry.key();
        const int port = entry.value().toInt();
        if (auto good = checkLeaseKey({{}, name, PortProtocol::Tcp}); !good)
            return Error{Errc::InvalidArgument, good.error().detail + u": "_s + logSafe(name)};
        if (port < PortRanges::lowest || port > 65'535)
            return Error{Errc::InvalidArgument,
                u"Nothing was imported: '%1' has no port from %2 to 65535."_s.arg(
                    logSafe(name), QString::number(PortRanges::lowest))};
        if (const auto [other, isNew] = seen.try_emplace(port, name); !isNew)
            return conflict(
                name, port, u"is also the port of '%1' in this file"_s.arg(logSafe(other->second)));
        bool isKnown = false;
        for (const auto &space : holders) {
            const Lease *holder = space[static_cast<size_t>(port)];
            if (holder && !belongsTo(*holder, name))
                return conflict(name, port,
                    u"is leased to '%1' (lease %2)"_s.arg(
                        logSafe(holder->key.tunnel), QString::number(holder->id)));
            isKnown = isKnown || holder;
        }
        if (isKnown) {
            ++result.known;
            continue;
        }
        if (const auto other = portOf.find(name); other != portOf.end())
            return conflict(name, port, u"differs from its port %1 in the database"_s.arg(other.value()));
        ++result.added;
        for (const PortProtocol protocol : bothProtocols)
            changes.push_back({LeaseChange::Kind::Add,
                {.id = 0,
                    .key = {{}, name, protocol},
                    .port = static_cast<quint16>(port),
                    .createdAtMs = 0,
                    .imported = true}});
    }
    if (changes.empty())
        return result;
    if (auto done = store.apply(changes); !done)
        return done.error();
    return result;
}

} // namespace frpx::server
