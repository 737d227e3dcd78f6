// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "packaging/docgen/completion.h"

#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::docgen {

namespace {

/// As it is written on the command line.
QString written(const QString &name)
{
    return (name.size() == 1 ? u"-"_s : u"--"_s) + name;
}

enum class Takes { Nothing, File, Directory, Other };

Takes takes(const CommandLine::Option &option)
{
    if (option.valueName.isEmpty())
        return Takes::Nothing;
    if (option.valueName.startsWith(u"FILE"))
        return Takes::File;
    return option.valueName == u"DIR" ? Takes::Directory : Takes::Other;
}

/// The commands: those words of the syntax that stand for themselves.
QStringList commands(const ProgramHelp &help)
{
    static const QRegularExpression word(u"^[a-z][a-z-]*$"_s);
    static const QRegularExpression gap(u"[\\s|\\[\\]]+"_s);
    QStringList words;
    for (const auto &[syntax, text] : help.positionals) {
        for (const QString &part : syntax.split(gap, Qt::SkipEmptyParts)) {
            if (word.match(part).hasMatch() && !words.contains(part))
                words.append(part);
        }
    }
    return words;
}

/// May files follow the options?
bool takesFiles(const ProgramHelp &help)
{
    return std::any_of(help.positionals.cbegin(), help.positionals.cend(),
        [](const auto &positional) { return positional.first.startsWith(u"FILE"); });
}

/// The first clause of a help text: completions have one line.
QString brief(const QString &help)
{
    static const QRegularExpression end(u"[.;:(]"_s);
    return help.left(end.match(help).capturedStart() < 0 ? help.size() : end.match(help).capturedStart())
        .trimmed();
}

QString quoted(const QString &text)
{
    return u'\'' + QString(text).replace(u'\'', u"'\\''"_s) + u'\'';
}

QStringList optionWords(const ProgramHelp &help, std::optional<Takes> only = std::nullopt)
{
    QStringList words;
    for (const ProgramHelp::Option &entry : help.options) {
        if (only && takes(entry.option) != *only)
            continue;
        if (!entry.option.shortName.isEmpty())
            words.append(u'-' + entry.option.shortName);
        words.append(written(entry.option.name));
    }
    return words;
}

// REUSE-IgnoreStart
constexpr QStringView notice = u"# SPDX-FileCopyrightText: 2026 The frpx authors\n"
                               "# SPDX-License-Identifier: Apache-2.0\n";
// REUSE-IgnoreEnd

} // namespace

QString bashCompletion(const ProgramHelp &help)
{
    const auto pattern = [&help](Takes kind) { return optionWords(help, kind).join(u'|'); };
    QString text = notice.toString() + u"_%1() {\n"_s.arg(help.program)
        + u"    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    COMPREPLY=()\n    case $previous in\n"_s;
    const auto branch = [&text, &pattern](Takes kind, const QString &action) {
        if (const QString words = pattern(kind); !words.isEmpty())
            text += u"    %1)\n        %2return ;;\n"_s.arg(words, action);
    };
    branch(Takes::File, u"mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n        "_s);
    branch(Takes::Directory, u"mapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n        "_s);
    branch(Takes::Other, {});
    text += u"    esac\n    mapfile -t COMPREPLY < <(compgen -W '%1' -- \"$current\")\n}\n"
            "complete -o filenames%3 -F _%2 %2\n"_s.arg(
                (commands(help) + optionWords(help) + QStringList{u"--help"_s, u"--version"_s}).join(u' '),
                help.program, takesFiles(help) ? u" -o default"_s : QString());
    return text;
}

QString zshCompletion(const ProgramHelp &help)
{
    QString text = u"#compdef %1\n"_s.arg(help.program) + notice.toString() + u"_arguments -s \\\n"_s;
    for (const ProgramHelp::Option &entry : help.options) {
        QString brackets = brief(entry.option.help);
        brackets.remove(u'[').remove(u']');
        QString action;
        switch (takes(entry.option)) {
        case Takes::Nothing:
            break;
        case Takes::File:
            action = u":file:_files"_s;
            break;
        case Takes::Directory:
            action = u":directory:_files -/"_s;
            break;
        case Takes::Other:
            action = u":%1: "_s.arg(QString(entry.option.valueName).remove(u':'));
            break;
        }
        text += u"  %1 \\\n"_s.arg(quoted(u"%1[%2]%3"_s.arg(written(entry.option.name), brackets, action)));
        if (!entry.option.shortName.isEmpty())
            text += u"  %1 \\\n"_s.arg(quoted(u"-%1[%2]%3"_s.arg(entry.option.shortName, brackets, action)));
    }
    text += u"  '(- *)'{-h,--help}'[Print the help]' \\\n  '(- *)'{-V,--version}'[Print the version]'"_s;
    if (const QStringList words = commands(help); !words.isEmpty())
        text += u" \\\n  '*:command:(%1)'"_s.arg(words.join(u' '));
    else if (takesFiles(help))
        text += u" \\\n  '*:file:_files'"_s;
    return text + u'\n';
}

QString fishCompletion(const ProgramHelp &help)
{
    QString text = notice.toString();
    if (!takesFiles(help))
        text += u"complete -c %1 -f\n"_s.arg(help.program);
    for (const QString &word : commands(help))
        text += u"complete -c %1 -n __fish_use_subcommand -a %2\n"_s.arg(help.program, word);
    for (const ProgramHelp::Option &entry : help.options) {
        text += u"complete -c %1"_s.arg(help.program);
        if (!entry.option.shortName.isEmpty())
            text += u" -s "_s + entry.option.shortName;
        text += (entry.option.name.size() == 1 ? u" -s %1"_s : u" -l %1"_s).arg(entry.option.name);
        switch (takes(entry.option)) {
        case Takes::Nothing:
            break;
        case Takes::File:
            text += u" -r -F"_s;
            break;
        case Takes::Directory:
            text += u" -x -a '(__fish_complete_directories)'"_s;
            break;
        case Takes::Other:
            text += u" -x"_s;
            break;
        }
        text += u" -d %1\n"_s.arg(quoted(brief(entry.option.help)));
    }
    return text
        + u"complete -c %1 -s h -l help -d 'Print the help'\ncomplete -c %1 -s V -l version -d 'Print the "
          "version'\n"_s.arg(help.program);
}

} // namespace frpx::docgen
