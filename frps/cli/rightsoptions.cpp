// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/cli/rightsoptions.h"

#include "common/config/commandline.h"
#include "common/relay/ratelimit.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr qint64 minBandwidth = 1000; // as of --bandwidth-per-user
constexpr int maxTunnelsLimit = 65'535;
constexpr int maxConnectionsLimit = 1'000'000;

constexpr QStringView any = u"any";
constexpr QStringView none = u"none";
constexpr QStringView byDefault = u"default";

Error refusal(const QString &option, const QString &why)
{
    return {Errc::InvalidArgument, u"--%1: %2"_s.arg(option, why)};
}

Result<std::optional<QStringList>> patterns(const QString &option, const QString &text)
{
    if (text == any)
        return std::optional<QStringList>();
    Result<QStringList> parsed = parsePatterns(text == none ? QString() : text);
    if (!parsed)
        return refusal(option, parsed.error().detail);
    return std::optional(*std::move(parsed));
}

Result<std::optional<PortRanges>> ports(const QString &option, const QString &text)
{
    if (text == any)
        return std::optional<PortRanges>();
    Result<PortRanges> parsed = PortRanges::parse(text == none ? QString() : text);
    if (!parsed)
        return refusal(option, parsed.error().detail);
    return std::optional(*std::move(parsed));
}

Result<std::optional<int>> number(const QString &option, const QString &text, int max)
{
    if (text == byDefault)
        return std::optional<int>();
    bool isNumber = false;
    const int value = text.toInt(&isNumber);
    if (!isNumber || value < 0 || value > max)
        return refusal(option, u"takes a whole number from 0 to %1, or default."_s.arg(max));
    return std::optional(value);
}

Result<std::optional<qint64>> rate(const QString &option, const QString &text)
{
    if (text == byDefault)
        return std::optional<qint64>();
    const std::optional<qint64> value = bytesFromText(text, minBandwidth, TokenBucket::maxRate);
    if (!value)
        return refusal(option, u"takes 0, an amount such as 500K, 20M or 4MiB, or default."_s);
    return std::optional(*value);
}

/// If the option is given, sets \a field to the value that \a read returns.
template <typename Field, typename Read>
Result<void> change(Field &field, const QString &option, const AccountOptions &options, Read read)
{
    if (!options.contains(option))
        return {};
    auto value = read(option, options.value(option));
    if (!value)
        return value.error();
    field = *std::move(value);
    return {};
}

QString listText(const std::optional<QStringList> &names)
{
    if (!names)
        return any.toString();
    return names->isEmpty() ? none.toString() : names->join(u',');
}

template <typename Number>
QString numberText(const std::optional<Number> &value)
{
    return value ? QString::number(*value) : byDefault.toString();
}

} // namespace

Result<UserRights> changedRights(UserRights rights, const AccountOptions &options)
{
    const auto upTo = [](int max) {
        return [max](const QString &option, const QString &text) { return number(option, text, max); };
    };
    for (const Result<void> &done : {change(rights.clientIds, u"client-ids"_s, options, patterns),
             change(rights.tunnelNames, u"tunnel-names"_s, options, patterns),
             change(rights.ports, u"ports"_s, options, ports),
             change(rights.maxTunnels, u"max-tunnels"_s, options, upTo(maxTunnelsLimit)),
             change(rights.maxConnections, u"max-connections"_s, options, upTo(maxConnectionsLimit)),
             change(rights.bandwidth, u"bandwidth"_s, options, rate)}) {
        if (!done)
            return done.error();
    }
    return rights;
}

QStringList describeRights(const UserRights &rights)
{
    const QString portText = !rights.ports ? any.toString()
        : rights.ports->isEmpty()          ? none.toString()
                                           : rights.ports->toString();
    return {u"client-ids\t"_s + listText(rights.clientIds),
        u"tunnel-names\t"_s + listText(rights.tunnelNames), u"ports\t"_s + portText,
        u"max-tunnels\t"_s + numberText(rights.maxTunnels),
        u"max-connections\t"_s + numberText(rights.maxConnections),
        u"bandwidth\t"_s + numberText(rights.bandwidth)};
}

} // namespace frpx::server
