// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/accountrows.h"

#include "frps/store/database.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// A column that cannot be parsed allows no name.
std::optional<QStringList> patterns(const QVariant &column)
{
    if (column.isNull())
        return {};
    const auto parsed = parsePatterns(column.toString());
    return parsed ? *parsed : QStringList();
}

std::optional<PortRanges> ports(const QVariant &column)
{
    if (column.isNull())
        return {};
    const auto parsed = PortRanges::parse(column.toString());
    return parsed ? *parsed : PortRanges();
}

std::optional<int> smallNumber(const QVariant &column)
{
    return column.isNull() ? std::nullopt : std::optional(column.toInt());
}

} // namespace

UserRecord userFrom(const QSqlQuery &query)
{
    return {.id = query.value(0).toLongLong(),
        .email = query.value(1).toString(),
        .passwordHash = query.value(2).toString(),
        .loopbackOnly = query.value(3).toBool(),
        .disabled = query.value(4).toBool(),
        .createdAtMs = query.value(5).toLongLong(),
        .rights = {.clientIds = patterns(query.value(6)),
            .tunnelNames = patterns(query.value(7)),
            .ports = ports(query.value(8)),
            .maxTunnels = smallNumber(query.value(9)),
            .maxConnections = smallNumber(query.value(10)),
            .bandwidth = optionalNumber(query.value(11))}};
}

Error noSuchUser(const QString &email)
{
    return {Errc::NotFound, u"There is no account %1."_s.arg(email)};
}

} // namespace frpx::server
