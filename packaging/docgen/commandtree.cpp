// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "packaging/docgen/commandtree.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::docgen {

namespace {

using Option = CommandLine::Option;

Option helpOption()
{
    return {u"help"_s, {}, Option::Kind::Command, u"Print the help"_s, {}, u"h"_s};
}

Option versionOption()
{
    return {u"version"_s, {}, Option::Kind::Command, u"Print the version"_s, {}, u"V"_s};
}

QList<CommandNode::Word> wordsBehind(const QString &path, const QList<CommandHelp> &commands)
{
    QList<CommandNode::Word> words;
    const QString start = path.isEmpty() ? QString() : path + u' ';
    for (const CommandHelp &command : commands) {
        if (command.words.startsWith(start) && !command.words.sliced(start.size()).contains(u' '))
            words.append({command.words.sliced(start.size()), command.help});
    }
    return words;
}

} // namespace

QList<CommandNode> commandTree(const ProgramHelp &help)
{
    CommandNode program{{}, {}, wordsBehind({}, help.commands), {}};
    if (help.commands.isEmpty() && !help.positionals.isEmpty())
        program.arguments = help.positionals.first().first;
    for (const ProgramHelp::Option &entry : help.options)
        program.options.append(entry.option);
    QList<CommandNode> nodes;
    for (const CommandHelp &command : help.commands) {
        CommandNode node{
            command.words, command.arguments, wordsBehind(command.words, help.commands), command.options};
        for (const Option &option : program.options) {
            if (command.shared.contains(option.name))
                node.options.append(option);
        }
        node.options.append(helpOption());
        nodes.append(node);
    }
    program.options += {helpOption(), versionOption()};
    nodes.prepend(program);
    return nodes;
}

ValueKind valueKind(const Option &option)
{
    if (option.valueName.isEmpty())
        return ValueKind::None;
    if (!option.values.isEmpty())
        return ValueKind::Words;
    if (option.valueName.startsWith(u"FILE"))
        return ValueKind::File;
    return option.valueName == u"DIR" ? ValueKind::Directory : ValueKind::Other;
}

QStringList spellings(const Option &option)
{
    QStringList words;
    if (!option.shortName.isEmpty())
        words << u'-' + option.shortName;
    words << (option.name.size() == 1 ? u"-"_s : u"--"_s) + option.name;
    return words;
}

} // namespace frpx::docgen
