// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandhelp.h"
#include "common/config/configkeys.h"

namespace frpx {

/// The options and commands of a program as data: the source of `--help`, the manual pages and the shell
/// completions.
struct ProgramHelp
{
    struct Option
    {
        CommandLine::Option option;
        QString key; ///< in the configuration file; empty: none
        QString variable; ///< in the environment; empty: none
    };
    /// An array of tables of the configuration file.
    struct Table
    {
        QString name; ///< "proxies"
        QString help;
        QList<std::pair<QString, QString>> keys; ///< and the help of each
    };

    QString program; ///< "frps"
    QString description;
    QList<Option> options; ///< without --help and --version
    QList<std::pair<QString, QString>> positionals; ///< syntax and help
    QList<CommandHelp> commands = {}; ///< each after its group
    QList<Table> tables = {};
};

/// Describes the options of \a line with the keys of \a schema.
ProgramHelp describe(const QString &program, const CommandLine &line, const ConfigSchema &schema);

} // namespace frpx
