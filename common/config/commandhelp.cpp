// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/commandhelp.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

QString optionSyntax(const CommandLine::Option &option)
{
    return u"--"_s + (option.valueName.isEmpty() ? option.name : option.name + u' ' + option.valueName);
}

} // namespace

QString groupSyntax(const QList<CommandHelp> &group)
{
    QStringList verbs;
    for (const CommandHelp &command : group.sliced(1))
        verbs << command.words.section(u' ', -1);
    return group.first().words + u' ' + verbs.join(u'|');
}

QString usageText(const QString &program, const QList<CommandHelp> &group)
{
    const QList<CommandHelp> commands = group.sliced(1);
    qsizetype commandWidth = 0;
    qsizetype optionWidth = 0;
    for (const CommandHelp &command : commands) {
        commandWidth = std::max(commandWidth, command.syntax().size());
        for (const CommandLine::Option &option : command.options)
            optionWidth = std::max(optionWidth, optionSyntax(option).size());
    }
    QString text = u"Usage:\n"_s;
    for (const CommandHelp &command : commands) {
        text += u"  %1 %2  %3\n"_s.arg(program, command.syntax().leftJustified(commandWidth), command.help);
        for (const CommandLine::Option &option : command.options)
            text += u"      %1  %2\n"_s.arg(optionSyntax(option).leftJustified(optionWidth), option.help);
    }
    return text;
}

} // namespace frpx
