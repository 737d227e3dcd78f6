// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/tunnel/tunnelspec.h"

#include <QStringList>

namespace frpx {

/// Reads a tunnel as it stands on a command line: `NAME,local=HOST:PORT` and further fields, `,KEY=VALUE`
/// each; `local` may be a port alone, or `unix:/PATH` without a comma. Errc::InvalidArgument with a sentence.
Result<TunnelSpec> parseTunnelSpec(QStringView text);

/// What may stand behind the name, for the manual: "local=HOST:PORT|unix:/PATH", "remote=PORT" …
QStringList tunnelOptionKeys();

} // namespace frpx
