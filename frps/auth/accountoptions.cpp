// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/auth/accountoptions.h"

#include "common/config/commandline.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

struct AccountOption
{
    const char16_t *name;
    const char16_t *valueName; ///< empty: a flag
    const char16_t *help;
};

constexpr AccountOption options[] = {
    {u"admin", u"", u"With token create: the token may look and change"},
    {u"read-only", u"", u"With token create: the token may only look"},
    {u"name", u"TEXT", u"With token create: what it is for"},
    {u"expires", u"DAYS", u"With token create: it is good for so long; for ever unless given"},
};

} // namespace

bool isAccountCommand(const QStringList &arguments)
{
    return arguments.contains(u"user") || arguments.contains(u"token");
}

void addAccountOptions(CommandLine &line)
{
    for (const AccountOption &option : options) {
        line.addCommand(QString::fromUtf16(option.name), QString::fromUtf16(option.help),
            QString::fromUtf16(option.valueName));
    }
}

AccountOptions accountOptions(const CommandLine &line)
{
    AccountOptions given;
    // An option of frps itself, which means something else here; a file or a variable does not speak of this.
    if (line.source(u"user"_s) == CommandLine::Source::CommandLine)
        given.insert(u"user"_s, line.text(u"user"_s));
    for (const AccountOption &option : options) {
        const QString name = QString::fromUtf16(option.name);
        if (line.isSet(name))
            given.insert(name, line.text(name));
    }
    return given;
}

} // namespace frpx::server
