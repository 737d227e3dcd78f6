// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QStringList>

#include <optional>

namespace frpx::server {

/// How a tunnel chooses the client for a user. Every policy honours the clients' weights.
enum class BalancePolicy {
    Random, ///< by chance
    RoundRobin, ///< in turn
    LeastConnections, ///< who has the fewest open connections for its weight
    TwoChoices, ///< of two drawn by chance, who has fewer open connections for its weight
    SourceHash, ///< by the user's address: the same one gets the same client
};

/// As options and the API spell them: "round-robin".
QString policyName(BalancePolicy policy);
std::optional<BalancePolicy> policyFromName(QStringView name);
/// In the order of the enum.
QStringList policyNames();

} // namespace frpx::server
