// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandline.h"
#include "common/config/confignode.h"

#include <span>

namespace frpx {

/// How an option is spelled in a configuration file, where that is not its name in camel case
/// (`--drain-timeout` is `drainTimeout`).
struct OptionKey
{
    QStringView option;
    QStringView key; ///< dotted; empty: the option has none and no variable, it says what to do this time
    enum class Form {
        AsOption, ///< a whole number, text or true, as the option's value name tells; lists also as arrays
        TextOrNumber,
        PortRanges, ///< frp's array of { start, end } and { single }, or text
    } form = Form::AsOption;
};

/// A key of frp's that has no option here; or, if it is a table, all that is in it.
struct ForeignKey
{
    QStringView key;
    bool harmless = false; ///< worth a note, not a fault
    QStringView advice = {}; ///< completes "…is not supported by frpx: "
    QStringView fine = {}; ///< a value that says what frpx does anyway
};

/// What a program's configuration file may hold beside its options, and how these are spelled.
struct ConfigSchema
{
    std::span<const OptionKey> options;
    std::span<const ForeignKey> foreign;
    std::span<const QStringView> own; ///< tables and values at the top that the program reads by itself
};

/// One line of the documentation: an option in its three spellings.
struct OptionSpelling
{
    QString option; ///< "--drain-timeout"
    QString key; ///< "drainTimeout"
    QString variable; ///< "FRPX_DRAIN_TIMEOUT"
    enum class Type { Text, Number, Flag } type = Type::Text; ///< of its value in a file
};

/// Every option of \a line that has a key.
QList<OptionSpelling> spellings(const CommandLine &line, const ConfigSchema &schema);

/// Gives \a line the values that stand in \a root. What is unknown, unsupported or of the wrong type goes to
/// the line's report.
void applyConfig(const ConfigNode &root, const ConfigSchema &schema, CommandLine &line);

/// Adds --config and --check-config to \a line, that of \a program; \a shortName is for the first.
void addConfigOptions(CommandLine &line, const QString &program, const QString &shortName);

/// If --config (or $FRPX_CONFIG) names a file, reads it into \a line. The tree, for what is no option; an
/// empty one without a file.
ConfigNode loadConfig(const ConfigSchema &schema, CommandLine &line);

/// The answer to --check-config when there is no fault; empty if it was not asked for.
std::optional<QString> checkedText(CommandLine &line);

} // namespace frpx
