// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandline.h"
#include "frpc/tlssettings.h"

namespace frpx::client {

/// The options of frpc about TLS: --tls, --tls-…, --known-servers, --trust-on-first-use.
void addTlsOptions(CommandLine &line);

/// Their values, with the files that they name read. Faults go to \a line, what is merely odd to \a notes.
TlsSettings readTlsOptions(CommandLine &line, QStringList &notes);

} // namespace frpx::client
