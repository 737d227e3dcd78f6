// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandhelp.h"
#include "frps/cli/accountoptions.h"
#include "frps/store/databasetarget.h"

class QTextStream;

namespace frpx::server {

/// The commands of `frps token`, as data.
QList<CommandHelp> tokenCommands();
/// The same as text.
QString tokenCommandUsage();

/// Runs `frps token` \a args (those after "token") with \a options on the database \a target, also while a
/// server uses it. Prints a new token to \a out alone on its line; it is never shown again. Blocks; needs a
/// QCoreApplication. \return the exit code: 0 done, 1 failed, 2 wrong usage.
int runTokenCommand(const QStringList &args, const AccountOptions &options, const DatabaseTarget &target,
    QTextStream &out, QTextStream &err);

} // namespace frpx::server
