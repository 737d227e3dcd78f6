// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandline.h"
#include "frpc/trust/tlssettings.h"

namespace frpx::client {

/// The options of frpc about TLS: --tls, --tls-…, --known-servers, --trust-on-first-use.
void addTlsOptions(CommandLine &line);

/// Reads the values of these options and the files that they name. Faults go to \a line, mere oddities to \a
/// notes.
TlsSettings readTlsOptions(CommandLine &line, QStringList &notes);

} // namespace frpx::client
