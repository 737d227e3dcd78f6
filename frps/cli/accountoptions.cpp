// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/cli/accountoptions.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

struct AccountOption
{
    const char16_t *name;
    const char16_t *valueName; ///< empty: a flag
    const char16_t *commands; ///< "user add|user passwd"
    const char16_t *help;
};

constexpr AccountOption options[] = {
    {u"admin", u"", u"token create", u"the token permits reading and changes"},
    {u"read-only", u"", u"token create", u"the token permits reading only"},
    {u"name", u"TEXT", u"token create", u"the purpose, for the list of tokens"},
    {u"expires", u"DAYS", u"token create", u"the token expires after so many days; never unless given"},
    {u"user", u"EMAIL", u"token revoke", u"instead of one token, revoke all login tokens of this account"},
    {u"password-file", u"FILE", u"user add|user passwd", u"the first line of FILE is the password"},
    {u"client-ids", u"PATTERNS", u"user set", u"client ids the account may use, such as web-*,db-?; or any"},
    {u"tunnel-names", u"PATTERNS", u"user set", u"names of tunnels the account may open; or any"},
    {u"ports", u"RANGES", u"user set", u"ports of the account's tunnels, such as 9000-9099; or any, or none"},
    {u"max-tunnels", u"N", u"user set", u"tunnels the account may have; or default (--max-tunnels-per-user)"},
    {u"max-connections", u"N", u"user set",
        u"connections to the account's tunnels, 0: no limit; or default (--max-connections-per-user)"},
    {u"bandwidth", u"RATE", u"user set",
        u"bytes/s in each direction, 0: no limit; or default (--bandwidth-per-user)"},
};

QStringList commandsOf(const AccountOption &option)
{
    return QString::fromUtf16(option.commands).split(u'|');
}

} // namespace

bool isAccountCommand(const QStringList &arguments)
{
    return arguments.contains(u"user") || arguments.contains(u"token");
}

void addAccountOptions(CommandLine &line)
{
    const QList<CommandLine::Option> known = line.options();
    for (const AccountOption &option : options) {
        const QString name = QString::fromUtf16(option.name);
        const bool isOfFrps = std::any_of(known.cbegin(), known.cend(),
            [&name](const CommandLine::Option &each) { return each.name == name; });
        if (isOfFrps) // --user is another option there
            continue;
        line.addCommand(name,
            u"With %1: %2"_s.arg(commandsOf(option).join(u" and "), QString::fromUtf16(option.help)),
            QString::fromUtf16(option.valueName));
    }
}

QList<CommandLine::Option> accountOptionsOf(const QString &command)
{
    QList<CommandLine::Option> list;
    for (const AccountOption &option : options) {
        if (!commandsOf(option).contains(command))
            continue;
        QString help = QString::fromUtf16(option.help);
        help.front() = help.front().toUpper();
        list.append({QString::fromUtf16(option.name), QString::fromUtf16(option.valueName),
            CommandLine::Option::Kind::Command, help});
    }
    return list;
}

bool takesAll(const QString &command, const AccountOptions &given)
{
    const QList<CommandLine::Option> taken = accountOptionsOf(command);
    return std::all_of(given.keyBegin(), given.keyEnd(), [&taken](const QString &name) {
        return std::any_of(taken.cbegin(), taken.cend(),
            [&name](const CommandLine::Option &option) { return option.name == name; });
    });
}

QStringList databaseOptionNames()
{
    return {u"config"_s, u"data-dir"_s, u"database"_s, u"database-file"_s};
}

AccountOptions accountOptions(const CommandLine &line)
{
    AccountOptions given;
    for (const AccountOption &option : options) {
        const QString name = QString::fromUtf16(option.name);
        // Configuration files do not have these options.
        if (line.source(name) == CommandLine::Source::CommandLine)
            given.insert(name, line.text(name));
    }
    return given;
}

} // namespace frpx::server
