// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandhelp.h"
#include "frps/auth/accountoptions.h"
#include "frps/store/databasetarget.h"

class QTextStream;

namespace frpx::server {

/// `frps token` and all that may follow, as data.
QList<CommandHelp> tokenCommands();
/// The same for people.
QString tokenCommandUsage();

/// Carries out `frps token` \a args (those after "token") with \a options on the database \a
/// target, also while a server uses it. A token that is created goes to \a out alone on its line, and
/// is never shown again. Blocks; needs a QCoreApplication.
/// \return the exit code: 0 done, 1 failed, 2 wrong usage.
int runTokenCommand(const QStringList &args, const AccountOptions &options, const DatabaseTarget &target,
    QTextStream &out, QTextStream &err);

} // namespace frpx::server
