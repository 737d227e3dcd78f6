// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/backends/balancepolicy.h"

#include <array>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

struct Name
{
    BalancePolicy policy;
    QLatin1StringView name;
};

constexpr std::array names{
    Name{BalancePolicy::Random, "random"_L1},
    Name{BalancePolicy::RoundRobin, "round-robin"_L1},
    Name{BalancePolicy::LeastConnections, "least-connections"_L1},
    Name{BalancePolicy::TwoChoices, "two-choices"_L1},
    Name{BalancePolicy::SourceHash, "source-hash"_L1},
};

} // namespace

QString policyName(BalancePolicy policy)
{
    for (const Name &entry : names) {
        if (entry.policy == policy)
            return entry.name;
    }
    return {};
}

std::optional<BalancePolicy> policyFromName(QStringView name)
{
    for (const Name &entry : names) {
        if (entry.name == name)
            return entry.policy;
    }
    return std::nullopt;
}

QStringList policyNames()
{
    QStringList list;
    for (const Name &entry : names)
        list += entry.name;
    return list;
}

} // namespace frpx::server
