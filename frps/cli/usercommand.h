// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandhelp.h"
#include "common/core/result.h"
#include "frps/accounts/passwordhasher.h"
#include "frps/cli/accountoptions.h"
#include "frps/store/databasetarget.h"

#include <functional>

class QTextStream;

namespace frpx::server {

/// Where `frps user` reads passwords and prints messages.
struct UserCommandIo
{
    /// Whether passwords can be read from a terminal.
    std::function<bool()> isInteractive;
    /// Prompts on the terminal, without echo.
    std::function<Result<QString>(const QString &prompt)> promptPassword;
    /// Reads one line of standard input; readInputLine() except in tests.
    std::function<Result<QString>()> readLine;
    QTextStream &out;
    QTextStream &err;
    PasswordHasher::Cost passwordCost = {};
};

/// The next line of standard input without the line end, at most 4 KiB.
Result<QString> readInputLine();

/// The commands of `frps user`, as data.
QList<CommandHelp> userCommands();
/// The same as text.
QString userCommandUsage();

/// Runs `frps user` \a args (those after "user") with \a options on the database \a target, also while a
/// server uses it. Blocks; needs a QCoreApplication. \return the exit code: 0 done, 1 failed, 2 wrong usage.
int runUserCommand(const QStringList &args, const AccountOptions &options, const DatabaseTarget &target,
    const UserCommandIo &io);

} // namespace frpx::server
