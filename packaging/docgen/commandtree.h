// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/programhelp.h"

namespace frpx::docgen {

/// What may follow on a command line where a command, or none yet, has been typed.
struct CommandNode
{
    struct Word
    {
        QString word;
        QString help;
    };
    QString path; ///< "user add"; empty: the program alone
    QString arguments; ///< "EMAIL", "FILE..."; empty: none
    QList<Word> words; ///< the commands that may come next
    QList<CommandLine::Option> options; ///< with --help, and for the program --version
};

/// The program alone, then each of its commands.
QList<CommandNode> commandTree(const ProgramHelp &help);

/// How a shell completes the value of an option.
enum class ValueKind { None, Words, File, Directory, Other };

ValueKind valueKind(const CommandLine::Option &option);

/// "-c", "--config": \a option as it is written on the command line.
QStringList spellings(const CommandLine::Option &option);

} // namespace frpx::docgen
