// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/confignode.h"
#include "common/config/configreport.h"
#include "common/tunnel/tunnelspec.h"

#include <QStringList>

#include <vector>

namespace frpx::client {

constexpr size_t maxConfiguredTunnels = 1000;

/// The keys of a table `[[proxies]]` that say something, and what.
QList<std::pair<QString, QString>> tunnelKeys();

/// The tunnels that the configuration file \a root asks for in its `[[proxies]]`. With a `user` at the top
/// their names are `user.name`, as in frp. Faults go to \a report.
std::vector<TunnelSpec> readTunnels(const ConfigNode &root, ConfigReport &report);

/// From one set of tunnels to another.
struct TunnelChanges
{
    QStringList close; ///< names, of those that are gone and of those that are different now
    std::vector<TunnelSpec> open; ///< after the closing
    size_t unchanged = 0;

    bool isEmpty() const { return close.isEmpty() && open.empty(); }
};

/// Names are unique in each set.
TunnelChanges diffTunnels(const std::vector<TunnelSpec> &before, const std::vector<TunnelSpec> &after);

} // namespace frpx::client
