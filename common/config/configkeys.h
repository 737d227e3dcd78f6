// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandline.h"
#include "common/config/confignode.h"

#include <span>

namespace frpx {

/// The spelling of an option in a configuration file, where it differs from the name in camel case
/// (`--drain-timeout` is `drainTimeout`).
struct OptionKey
{
    QStringView option;
    QStringView key; ///< dotted; empty: the option is an action for one run and has no key and no variable
    enum class Form {
        AsOption, ///< a whole number, text or true, depending on the option's value name; lists also as
                  ///< arrays
        TextOrNumber,
        PortRanges, ///< frp's array of { start, end } and { single }, or text
    } form = Form::AsOption;
};

/// A key of frp without an option here; for a table, all keys in it.
struct ForeignKey
{
    QStringView key;
    bool harmless = false; ///< a note, not a fault
    QStringView advice = {}; ///< completes "…is not supported by frpx: "
    QStringView fine = {}; ///< a value that frpx satisfies anyway
};

/// The keys of a program's configuration file apart from its options, and the spelling of the options.
struct ConfigSchema
{
    std::span<const OptionKey> options;
    std::span<const ForeignKey> foreign;
    std::span<const QStringView> own; ///< top-level tables and values that the program reads itself
};

/// One line of the documentation: the three spellings of an option.
struct OptionSpelling
{
    QString option; ///< "--drain-timeout"
    QString key; ///< "drainTimeout"
    QString variable; ///< "FRPX_DRAIN_TIMEOUT"
    enum class Type { Text, Number, Flag } type = Type::Text; ///< of its value in a file
};

/// All options of \a line that have a key.
QList<OptionSpelling> spellings(const CommandLine &line, const ConfigSchema &schema);

/// Sets the values of \a root in \a line. Unknown and unsupported keys and wrong types go to the line's
/// report.
void applyConfig(const ConfigNode &root, const ConfigSchema &schema, CommandLine &line);

/// Adds --config and --check-config to the \a line of \a program; \a shortName is the short form of --config.
void addConfigOptions(CommandLine &line, const QString &program, const QString &shortName);

/// Reads the file of --config (or $FRPX_CONFIG) into \a line. Returns the tree, for values that are no
/// options; an empty tree without a file.
ConfigNode loadConfig(const ConfigSchema &schema, CommandLine &line);

/// The answer to --check-config for a file without faults; empty without --check-config.
std::optional<QString> checkedText(CommandLine &line);

} // namespace frpx
