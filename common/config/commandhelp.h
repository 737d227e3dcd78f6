// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandline.h"

namespace frpx {

/// A command of a program: the word behind its name, or two of them.
struct CommandHelp
{
    QString words; ///< "user add"; for the group that is of, "user"
    QString arguments; ///< what follows: "EMAIL"; empty: nothing
    QString help; ///< without a full stop
    QList<CommandLine::Option> options = {}; ///< its own
    QStringList shared = {}; ///< names of those options of the program that it heeds

    /// "user add EMAIL"
    QString syntax() const { return arguments.isEmpty() ? words : words + u' ' + arguments; }
};

/// "user add|remove" of a group and its commands behind it.
QString groupSyntax(const QList<CommandHelp> &group);

/// The commands of \a group and their own options, for a person at a terminal.
QString usageText(const QString &program, const QList<CommandHelp> &group);

} // namespace frpx
