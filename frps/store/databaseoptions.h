// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/store/databasetarget.h"

namespace frpx {
class CommandLine;
}

namespace frpx::server {

/// The target that --database or --database-file names, else the file in \a dataDirectory.
/// Errc::InvalidArgument or Errc::Io with a sentence that names the option and shows no password.
Result<DatabaseTarget> databaseTarget(const CommandLine &line, const QString &dataDirectory);

/// Parses \a text, the value of \a option, as an URL. A password on the command line is refused.
Result<DatabaseTarget> databaseUrl(const CommandLine &line, const QString &option, const QString &text);

} // namespace frpx::server
