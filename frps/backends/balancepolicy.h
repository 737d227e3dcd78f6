// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QStringList>

#include <optional>

namespace frpx::server {

/// How a tunnel chooses the client for a visitor. Every policy respects the clients' weights.
enum class BalancePolicy {
    Random, ///< at random
    RoundRobin, ///< in turn
    LeastConnections, ///< the client with the fewest open connections for its weight
    TwoChoices, ///< of two random clients, the one with fewer open connections for its weight
    SourceHash, ///< by the visitor's address: the same address gets the same client
};

/// As in options and the API: "round-robin".
QString policyName(BalancePolicy policy);
std::optional<BalancePolicy> policyFromName(QStringView name);
/// In the order of the enum.
QStringList policyNames();

} // namespace frpx::server
