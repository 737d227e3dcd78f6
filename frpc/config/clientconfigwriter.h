// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tunnel/tunnelspec.h"

#include <QByteArray>
#include <QHash>

#include <vector>

namespace frpx::client {

/// The configuration file (TOML) that says \a settings, values of options by their names as in
/// ClientConfig::settings, and opens \a tunnels; parseClientArguments() reads the same from it. Options that
/// have no key are left out. Lines stand in a fixed order.
QByteArray writeClientConfig(const QHash<QString, QString> &settings, const std::vector<TunnelSpec> &tunnels);

} // namespace frpx::client
