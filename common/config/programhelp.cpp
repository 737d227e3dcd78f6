// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/programhelp.h"

namespace frpx {

ProgramHelp describe(const QString &program, const CommandLine &line, const ConfigSchema &schema)
{
    ProgramHelp help{program, line.description(), {}, line.positionals()};
    const QList<OptionSpelling> known = spellings(line, schema);
    for (const CommandLine::Option &option : line.options()) {
        const auto spelling =
            std::find_if(known.cbegin(), known.cend(), [&option](const OptionSpelling &candidate) {
                return QStringView(candidate.option).sliced(2) == option.name;
            });
        if (spelling == known.cend())
            help.options.append({option, {}, {}});
        else
            help.options.append({option, spelling->key, spelling->variable});
    }
    return help;
}

} // namespace frpx
