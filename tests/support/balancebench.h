// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/backends/balancer.h"

#include <QRandomGenerator>
#include <QTest>

#include <array>
#include <map>

Q_DECLARE_METATYPE(frpx::server::BalancePolicy)

namespace frpx::test {

using server::BalancePolicy;
using server::Balancer;

inline constexpr std::array everyPolicy{BalancePolicy::Random, BalancePolicy::RoundRobin,
    BalancePolicy::LeastConnections, BalancePolicy::TwoChoices, BalancePolicy::SourceHash};

/// A balancer with a seeded generator: the outcome is the same in every run.
class BalanceBench
{
public:
    explicit BalanceBench(BalancePolicy policy)
        : balancer([this](quint32 bound) { return m_generator.bounded(bound); }, policy)
    { }

    /// How often each is picked in \a users picks, each from another source.
    std::map<SessionId, int> picks(int users, const std::vector<SessionId> &excluded = {})
    {
        std::map<SessionId, int> counts;
        for (int i = 0; i < users; ++i)
            ++counts[*balancer.pick(excluded, m_generator.generate64())];
        return counts;
    }
    /// As picks(), and the users stay.
    std::map<SessionId, int> fill(int users)
    {
        std::map<SessionId, int> counts;
        for (int i = 0; i < users; ++i) {
            const SessionId session = *balancer.pick({}, m_generator.generate64());
            balancer.setLoad(session, ++counts[session]);
        }
        return counts;
    }

private:
    QRandomGenerator m_generator{4711};

public:
    Balancer balancer;
};

/// Rows for a test of every policy: column "policy".
inline void everyPolicyData()
{
    QTest::addColumn<BalancePolicy>("policy");
    for (const BalancePolicy policy : everyPolicy)
        QTest::newRow(qPrintable(server::policyName(policy))) << policy;
}

} // namespace frpx::test
