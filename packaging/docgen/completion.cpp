// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "packaging/docgen/completion.h"

#include "packaging/docgen/commandtree.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::docgen {

namespace {

/// The first sentence of a help text: a completion has only one line.
QString brief(const QString &help)
{
    static const QRegularExpression end(u"\\.(\\s+(?=[A-Z])|$)"_s);
    const qsizetype at = end.match(help).capturedStart();
    return (at < 0 ? help : help.left(at)).trimmed();
}

QString quoted(const QString &text)
{
    return u'\'' + QString(text).replace(u'\'', u"'\\''"_s) + u'\'';
}

bool takesFiles(const CommandNode &node)
{
    return node.arguments.startsWith(u"FILE");
}

/// A unique function name for the node: \a prefix and its path, in allowed characters.
QString functionName(const QString &prefix, const QString &path)
{
    QString name = path.isEmpty() ? prefix : prefix + u'_' + path;
    return name.replace(u' ', u'_').replace(u'-', u'_');
}

/// All spellings of the options in the tree whose values are of \a kinds; without duplicates.
QStringList spellingsOf(const QList<CommandNode> &tree, std::initializer_list<ValueKind> kinds)
{
    QStringList words;
    for (const CommandNode &node : tree) {
        for (const CommandLine::Option &option : node.options) {
            if (std::find(kinds.begin(), kinds.end(), valueKind(option)) != kinds.end())
                words += spellings(option);
        }
    }
    words.removeDuplicates();
    return words;
}

constexpr auto withValue = {ValueKind::Words, ValueKind::File, ValueKind::Directory, ValueKind::Other};

// REUSE-IgnoreStart
constexpr QStringView notice = u"# SPDX-FileCopyrightText: 2026 The frpx authors\n"
                               "# SPDX-License-Identifier: Apache-2.0\n";
// REUSE-IgnoreEnd

/// Branches of a `case`: completions of the values of options.
QString bashValues(const QList<CommandNode> &tree)
{
    QString text;
    const auto branch = [&text](const QStringList &words, const QString &action) {
        if (!words.isEmpty())
            text += u"    %1)\n%2        return ;;\n"_s.arg(words.join(u'|'), action);
    };
    const auto reply = [](const QString &how) {
        return u"        mapfile -t COMPREPLY < <(compgen %1 -- \"$current\")\n"_s.arg(how);
    };
    const QString names = u"        compopt -o filenames 2>/dev/null\n"_s;
    branch(spellingsOf(tree, {ValueKind::File}), names + reply(u"-f"_s));
    branch(spellingsOf(tree, {ValueKind::Directory}), names + reply(u"-d"_s));
    QStringList done;
    for (const CommandNode &node : tree) {
        for (const CommandLine::Option &option : node.options) {
            if (valueKind(option) != ValueKind::Words || done.contains(option.name))
                continue;
            branch(spellings(option), reply(u"-W %1"_s.arg(quoted(option.values.join(u' ')))));
            done << option.name;
        }
    }
    branch(spellingsOf(tree, {ValueKind::Other}), {});
    return text;
}

/// Branches of a `case`: the words and options that follow each command.
QString bashCommands(const QList<CommandNode> &tree)
{
    QString text;
    for (const CommandNode &node : tree) {
        QStringList words;
        for (const CommandNode::Word &each : node.words)
            words << each.word;
        QStringList options;
        for (const CommandLine::Option &option : node.options)
            options += spellings(option);
        text += u"    %1)\n        words='%2'\n        options='%3' ;;\n"_s.arg(
            quoted(node.path), words.join(u' '), options.join(u' '));
    }
    return text;
}

QString zshAction(const CommandLine::Option &option)
{
    switch (valueKind(option)) {
    case ValueKind::None:
        break;
    case ValueKind::Words:
        return u":%1:(%2)"_s.arg(option.valueName, option.values.join(u' '));
    case ValueKind::File:
        return u":file:_files"_s;
    case ValueKind::Directory:
        return u":directory:_files -/"_s;
    case ValueKind::Other:
        return u":%1: "_s.arg(QString(option.valueName).remove(u':'));
    }
    return {};
}

/// The arguments of `_arguments`, one per line.
QStringList zshSpecs(const CommandNode &node)
{
    QStringList specs;
    for (const CommandLine::Option &option : node.options) {
        const QString help = brief(option.help).replace(u'[', u"\\["_s).replace(u']', u"\\]"_s);
        for (const QString &spelling : spellings(option))
            specs << quoted(u"%1[%2]%3"_s.arg(spelling, help, zshAction(option)));
    }
    if (!node.words.isEmpty())
        specs << u"'(-): :->command'"_s << u"'(-)*:: :->rest'"_s;
    else if (takesFiles(node))
        specs << u"'*:file:_files'"_s;
    else if (const QString name = QString(node.arguments).remove(u'[').remove(u']');
             !name.isEmpty() && !name.startsWith(u'-'))
        specs << quoted(u":%1: "_s.arg(name));
    return specs;
}

/// A function that completes what follows the command.
QString zshFunction(const QString &prefix, const CommandNode &node)
{
    const QString arguments = zshSpecs(node).join(u" \\\n    "_s);
    QString text = functionName(prefix, node.path) + u"() {\n"_s;
    if (node.words.isEmpty())
        return text + u"  _arguments -s \\\n    %1\n}\n"_s.arg(arguments);
    text +=
        u"  local curcontext=$curcontext state state_descr line\n  typeset -A opt_args\n  local -a commands\n"
        "  _arguments -s -C \\\n    %1 && return\n  case $state in\n  command)\n    commands=(\n"_s.arg(
            arguments);
    QString calls;
    for (const CommandNode::Word &each : node.words) {
        text += u"      %1\n"_s.arg(quoted(each.word + u':' + brief(each.help)));
        const QString path = node.path.isEmpty() ? each.word : node.path + u' ' + each.word;
        calls += u"    %1) %2 ;;\n"_s.arg(each.word, functionName(prefix, path));
    }
    return text
        + u"    )\n    _describe command commands ;;\n  rest)\n    case $words[1] in\n%1    esac ;;\n  esac\n}\n"_s
              .arg(calls);
}

/// A function that tests whether the cursor is after a command.
QString fishFunction(const QString &name, const QList<CommandNode> &tree)
{
    QStringList paths;
    for (const CommandNode &node : tree.sliced(1))
        paths << quoted(u' ' + node.path);
    return u"function %1\n"
           "    set -l command\n"
           "    set -l value no\n"
           "    for word in (commandline -opc)[2..-1]\n"
           "        if test $value = yes\n"
           "            set value no\n"
           "            continue\n"
           "        end\n"
           "        switch $word\n"
           "            case %2\n"
           "                set value yes\n"
           "            case '-*'\n"
           "            case '*'\n"
           "                contains -- \"$command $word\" %3\n"
           "                and set command \"$command $word\"\n"
           "        end\n"
           "    end\n"
           "    test \"$command\" = \"$argv[1]\"\n"
           "end\n"_s.arg(name, spellingsOf(tree, withValue).join(u' '), paths.join(u' '));
}

QString fishOption(const CommandLine::Option &option)
{
    QString text;
    if (!option.shortName.isEmpty())
        text += u" -s "_s + option.shortName;
    text += (option.name.size() == 1 ? u" -s %1"_s : u" -l %1"_s).arg(option.name);
    switch (valueKind(option)) {
    case ValueKind::None:
        break;
    case ValueKind::Words:
        text += u" -x -a %1"_s.arg(quoted(option.values.join(u' ')));
        break;
    case ValueKind::File:
        text += u" -r -F"_s;
        break;
    case ValueKind::Directory:
        text += u" -x -a '(__fish_complete_directories)'"_s;
        break;
    case ValueKind::Other:
        text += u" -x"_s;
        break;
    }
    return text + u" -d %1\n"_s.arg(quoted(brief(option.help)));
}

} // namespace

QString bashCompletion(const ProgramHelp &help)
{
    const QList<CommandNode> tree = commandTree(help);
    QStringList paths;
    for (const CommandNode &node : tree.sliced(1))
        paths << QString(node.path).replace(u' ', u"\\ "_s);
    QString text = notice.toString() + u"_%1() {\n"_s.arg(help.program)
        + u"    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local command='' words='' options=''\n"
          "    COMPREPLY=()\n"
          "    # --name=VALUE comes as three words.\n"
          "    if [[ $current == = ]]; then\n"
          "        current=''\n"
          "    elif [[ $previous == = ]] && ((COMP_CWORD > 2)); then\n"
          "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
          "    fi\n"_s;
    if (!paths.isEmpty()) {
        text += u"    local i\n"
                "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                "        case ${COMP_WORDS[i]} in\n"
                "        %1)\n"
                "            [[ ${COMP_WORDS[i+1]} == = ]] && ((i++))\n"
                "            ((i++)) ;;\n"
                "        -*|=) ;;\n"
                "        *)\n"
                "            case ${command:+$command }${COMP_WORDS[i]} in\n"
                "            %2) command=${command:+$command }${COMP_WORDS[i]} ;;\n"
                "            esac ;;\n"
                "        esac\n"
                "    done\n"_s.arg(spellingsOf(tree, withValue).join(u'|'), paths.join(u'|'));
    }
    text += u"    case $previous in\n%1    esac\n    case $command in\n%2    esac\n"_s.arg(
        bashValues(tree), bashCommands(tree));
    const bool files = takesFiles(tree.first());
    text += files ? u"    [[ $current == -* ]] || return\n    words=$options\n"_s
                  : u"    [[ -n $words && $current != -* ]] || words=$options\n"_s;
    return text
        + u"    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\n"
          "complete%2 -F _%1 %1\n"_s.arg(help.program, files ? u" -o default"_s : QString());
}

QString zshCompletion(const ProgramHelp &help)
{
    const QString name = u'_' + help.program;
    QString text = u"#compdef %1\n"_s.arg(help.program) + notice.toString();
    for (const CommandNode &node : commandTree(help))
        text += zshFunction(name, node);
    return text + functionName(name, {}) + u" \"$@\"\n"_s;
}

QString fishCompletion(const ProgramHelp &help)
{
    const QList<CommandNode> tree = commandTree(help);
    const QString function = functionName(u"__%1_at"_s.arg(help.program), {});
    const bool hasCommands = tree.size() > 1;
    QString text = notice.toString();
    if (hasCommands)
        text += fishFunction(function, tree);
    if (!takesFiles(tree.first()))
        text += u"complete -c %1 -f\n"_s.arg(help.program);
    for (const CommandNode &node : tree) {
        QString start = u"complete -c "_s + help.program;
        if (hasCommands)
            start += u" -n \"%1 '%2'\""_s.arg(function, node.path.isEmpty() ? QString() : u' ' + node.path);
        for (const CommandNode::Word &each : node.words)
            text += start + u" -a %1 -d %2\n"_s.arg(each.word, quoted(brief(each.help)));
        for (const CommandLine::Option &option : node.options)
            text += start + fishOption(option);
    }
    return text;
}

} // namespace frpx::docgen
