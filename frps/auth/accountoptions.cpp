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
    {u"password-file", u"FILE", u"With user add and passwd: its first line is the password"},
    {u"client-ids", u"PATTERNS", u"With user set: client ids it may use, such as web-*,db-?; or any"},
    {u"tunnel-names", u"PATTERNS", u"With user set: names of tunnels it may open; or any"},
    {u"ports", u"RANGES", u"With user set: ports of its tunnels, such as 9000-9099; or any, or none"},
    {u"max-tunnels", u"N", u"With user set: tunnels it may have; or default"},
    {u"max-connections", u"N", u"With user set: connections to its tunnels, 0: no limit; or default"},
    {u"bandwidth", u"RATE", u"With user set: bytes/s in each direction, 0: no limit; or default"},
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
