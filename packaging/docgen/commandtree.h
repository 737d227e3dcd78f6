// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/programhelp.h"

namespace frpx::docgen {

/// What may follow a command, or the program's name, on a command line.
struct CommandNode
{
    struct Word
    {
        QString word;
        QString help;
    };
    QString path; ///< "user add"; empty: the program
    QString arguments; ///< "EMAIL", "FILE..."; empty: none
    QList<Word> words; ///< the commands that may follow
    QList<CommandLine::Option> options; ///< with --help, and for the program --version
};

/// The program, then each of its commands.
QList<CommandNode> commandTree(const ProgramHelp &help);

/// How a shell completes the value of an option.
enum class ValueKind { None, Words, File, Directory, Other };

ValueKind valueKind(const CommandLine::Option &option);

/// "-c", "--config": the spellings of \a option on the command line.
QStringList spellings(const CommandLine::Option &option);

} // namespace frpx::docgen
