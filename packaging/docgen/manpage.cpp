// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "packaging/docgen/manpage.h"

#include <QDir>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::docgen {

namespace {

// Without a date, so that every build gives the same page; the version is enough.
QString title(const QString &name, int section)
{
    return u".TH %1 %2 \"\" \"frpx %3\" \"%4\"\n"_s.arg(roff(name.toUpper()))
        .arg(section)
        .arg(QString::fromLatin1(FRPX_VERSION), section == 1 ? u"User Commands"_s : u"File Formats"_s);
}

QString section(const QString &name)
{
    return u".SH %1\n"_s.arg(name);
}

/// Writes a default in the home directory of the builder in a general form.
QString defaultText(const QString &value)
{
    const QString home = QDir::homePath();
    return value.startsWith(home + u'/') ? u'~' + value.sliced(home.size()) : value;
}

/// Adds the full stop.
QString sentence(const QString &text)
{
    return roff(text.endsWith(u'.') ? text : text + u'.');
}

QString helpOf(const CommandLine::Option &option)
{
    QString text = sentence(option.help);
    if (!option.defaultValue.isEmpty())
        text += roff(u" Default: %1."_s.arg(defaultText(option.defaultValue)));
    return text;
}

QString tag(const CommandLine::Option &option)
{
    QString text = option.shortName.isEmpty() ? QString() : u"\\fB\\-%1\\fR, "_s.arg(option.shortName);
    text += (option.name.size() == 1 ? u"\\fB\\-%1\\fR"_s : u"\\fB\\-\\-%1\\fR"_s).arg(roff(option.name));
    if (!option.valueName.isEmpty())
        text += u" \\fI%1\\fR"_s.arg(roff(option.valueName));
    return text;
}

/// The options of the program that \a command, one of \a commands, uses too; those of a group's commands are
/// listed at the group.
QString sharedText(const CommandHelp &command, const QList<CommandHelp> &commands)
{
    const auto isGroupOf = [](const CommandHelp &group, const CommandHelp &member) {
        return member.words.startsWith(group.words + u' ') && member.shared == group.shared;
    };
    const bool isToldBefore = std::any_of(commands.cbegin(), commands.cend(),
        [&](const CommandHelp &other) { return isGroupOf(other, command); });
    if (command.shared.isEmpty() || isToldBefore)
        return {};
    const bool isGroup = std::any_of(commands.cbegin(), commands.cend(),
        [&](const CommandHelp &other) { return isGroupOf(command, other); });
    QStringList names;
    for (const QString &name : command.shared)
        names << u"\\fB%1\\fR"_s.arg(roff((name.size() == 1 ? u"-"_s : u"--"_s) + name));
    return u".IP\n%1 %2.\n"_s.arg(
        isGroup ? u"All of its commands take"_s : u"Also takes"_s, names.join(u", "_s));
}

/// The command, followed by its own options.
QString commandText(const CommandHelp &command)
{
    QString text = u".TP\n\\fB%1\\fR"_s.arg(roff(command.words));
    if (!command.arguments.isEmpty())
        text += u" \\fI%1\\fR"_s.arg(roff(command.arguments));
    text += u'\n' + sentence(command.help) + u'\n';
    if (!command.options.isEmpty()) {
        text += u".RS\n"_s;
        for (const CommandLine::Option &option : command.options)
            text += u".TP\n%1\n%2\n"_s.arg(tag(option), helpOf(option));
        text += u".RE\n"_s;
    }
    return text;
}

} // namespace

QString roff(const QString &text)
{
    QString escaped = text;
    escaped.replace(u'\\', u"\\e"_s).replace(u'-', u"\\-"_s).replace(u'\'', u"\\(aq"_s);
    QStringList lines = escaped.split(u'\n');
    for (QString &line : lines) {
        if (line.startsWith(u'.'))
            line.prepend(u"\\&"_s);
    }
    return lines.join(u'\n');
}

QString programPage(const ProgramHelp &help, const QString &summary, const QString &more)
{
    QString page = title(help.program, 1);
    page += section(u"NAME"_s) + u"%1 \\- %2\n"_s.arg(roff(help.program), roff(summary));
    page += section(u"SYNOPSIS"_s) + u".B %1\n[\\fIoptions\\fR]"_s.arg(roff(help.program));
    for (const auto &[syntax, text] : help.positionals)
        page += u" [%1]"_s.arg(roff(syntax));
    page += u'\n' + section(u"DESCRIPTION"_s) + roff(help.description) + u'\n';
    if (!help.commands.isEmpty()) {
        page += section(u"COMMANDS"_s);
        for (const CommandHelp &command : help.commands)
            page += commandText(command) + sharedText(command, help.commands);
    } else if (!help.positionals.isEmpty()) {
        page += section(u"COMMANDS"_s);
        for (const auto &[syntax, text] : help.positionals)
            page += u".TP\n.B %1\n%2\n"_s.arg(roff(syntax), roff(text));
    }
    page += section(u"OPTIONS"_s);
    for (const ProgramHelp::Option &entry : help.options) {
        page += u".TP\n%1\n%2\n"_s.arg(tag(entry.option), helpOf(entry.option));
        if (!entry.key.isEmpty())
            page += u"In the file: \\fB%1\\fR; in the environment: \\fB%2\\fR.\n"_s.arg(
                roff(entry.key), roff(entry.variable));
    }
    page += u".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nPrint the help.\n"
            ".TP\n\\fB\\-V\\fR, \\fB\\-\\-version\\fR\nPrint the version.\n"_s;
    return page + more;
}

QString filePage(const ProgramHelp &help, const QString &example)
{
    const QString name = help.program + u".toml"_s;
    QString page = title(name, 5);
    page += section(u"NAME"_s) + u"%1 \\- configuration file of %2\n"_s.arg(roff(name), roff(help.program));
    page += section(u"DESCRIPTION"_s)
        + u"A TOML file, given by\n.BR %1 \" \\-\\-config\" .\nThe command line or a variable "
          "of the environment has precedence. An unknown key and an invalid value are errors;\n"
          ".B \\-\\-check\\-config\nnames them. {{ .Envs.NAME }} in a value is replaced by the environment "
          "variable NAME. A dotted key such as\n.B log.level\nmay be written so, or as\n.B level\nin the "
          "table\n"
          ".BR [log] .\n"_s.arg(roff(help.program));
    page += section(u"KEYS"_s);
    for (const ProgramHelp::Option &entry : help.options) {
        if (!entry.key.isEmpty())
            page += u".TP\n\\fB%1\\fR\n%2\n"_s.arg(roff(entry.key), helpOf(entry.option));
    }
    for (const ProgramHelp::Table &table : help.tables) {
        page += section(u"KEYS OF [[%1]]"_s.arg(roff(table.name))) + sentence(table.help) + u'\n';
        for (const auto &[key, text] : table.keys)
            page += u".TP\n\\fB%1\\fR\n%2\n"_s.arg(roff(key), sentence(text));
    }
    page += section(u"EXAMPLE"_s) + u".nf\n"_s + roff(example) + u".fi\n"_s;
    page += section(u"SEE ALSO"_s) + u".BR %1 (1)\n"_s.arg(roff(help.program));
    return page;
}

} // namespace frpx::docgen
