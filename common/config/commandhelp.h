// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandline.h"

namespace frpx {

/// A command of a program: one or two words after the program's name.
struct CommandHelp
{
    QString words; ///< "user add"; for a group of commands, "user"
    QString arguments; ///< the arguments: "EMAIL"; empty: none
    QString help; ///< without a full stop
    QList<CommandLine::Option> options = {}; ///< its own
    QStringList shared = {}; ///< names of the program's options that the command uses

    /// "user add EMAIL"
    QString syntax() const { return arguments.isEmpty() ? words : words + u' ' + arguments; }
};

/// "user add|remove": the group and its commands.
QString groupSyntax(const QList<CommandHelp> &group);

/// The help text of the commands of \a group and their options.
QString usageText(const QString &program, const QList<CommandHelp> &group);

} // namespace frpx
