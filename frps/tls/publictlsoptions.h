// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandline.h"
#include "common/config/confignode.h"
#include "frps/tls/publictlsrule.h"

#include <vector>

namespace frpx::server {

constexpr size_t maxPublicTlsRules = 256;

/// Adds --public-tls-cert, --public-tls-key and --public-tls-ports.
void addPublicTlsOptions(CommandLine &line);

/// The keys of a table `[[publicTls]]`, and their help texts.
QList<std::pair<QString, QString>> publicTlsKeys();

/// The rules of these options and of the tables `[[publicTls]]` of the configuration file \a root. \a
/// publicPort is the port of the default tunnel. No port is in two rules. Faults go to \a line's report.
std::vector<PublicTlsRule> readPublicTls(const ConfigNode &root, quint16 publicPort, CommandLine &line);

} // namespace frpx::server
