// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/configkeys.h"

#include "common/config/closestword.h"
#include "common/config/configfile.h"
#include "common/core/logging.h"

#include <map>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

using Kind = ConfigNode::Kind;
using Form = OptionKey::Form;

struct Binding
{
    QString option;
    QString valueName;
    Form form = Form::AsOption;
};

/// Options with one of these value names take whole numbers.
const QStringList &numberNames()
{
    static const QStringList names = {u"PORT"_s, u"SECONDS"_s, u"DAYS"_s, u"N"_s};
    return names;
}

QString camelCase(const QString &option)
{
    const QStringList words = option.split(u'-');
    QString key = words.first();
    for (const QString &word : words.sliced(1))
        key += word.left(1).toUpper() + word.sliced(std::min<qsizetype>(1, word.size()));
    return key;
}

/// Maps each key to its option.
std::map<QString, Binding> bindings(const CommandLine &line, const ConfigSchema &schema)
{
    std::map<QString, Binding> byKey;
    for (const CommandLine::Option &option : line.options()) {
        if (option.kind == CommandLine::Option::Kind::Command)
            continue;
        const auto row = std::find_if(schema.options.begin(), schema.options.end(),
            [&option](const OptionKey &key) { return key.option == option.name; });
        const bool special = row != schema.options.end();
        if (special && row->key.isEmpty())
            continue;
        byKey[special ? row->key.toString() : camelCase(option.name)] = {
            option.name, option.valueName, special ? row->form : Form::AsOption};
    }
    return byKey;
}

/// Converts frp's [{ start = a, end = b }, { single = c }] to "a-b,c".
std::optional<QString> portRanges(const ConfigNode &node)
{
    QStringList ranges;
    for (const ConfigNode &item : node.children) {
        const ConfigNode *start = item.find(u"start");
        const ConfigNode *end = item.find(u"end");
        const ConfigNode *single = item.find(u"single");
        const auto isNumber = [](const ConfigNode *value) { return value && value->kind == Kind::Integer; };
        if (item.children.size() == 2 && isNumber(start) && isNumber(end))
            ranges << start->text + u'-' + end->text;
        else if (item.children.size() == 1 && isNumber(single))
            ranges << single->text;
        else
            return std::nullopt;
    }
    return ranges.join(u',');
}

std::optional<QString> joined(const ConfigNode &node)
{
    QStringList items;
    for (const ConfigNode &item : node.children) {
        if (item.kind != Kind::Text || item.text.contains(u','))
            return std::nullopt;
        items << item.text;
    }
    return items.join(u',');
}

/// Returns the option's value from \a node; empty, with a text in \a expected, if its type is wrong.
std::optional<QString> valueOf(const ConfigNode &node, const Binding &binding, QString &expected)
{
    const bool isText = node.kind == Kind::Text || node.kind == Kind::Untyped;
    const bool isList = binding.valueName.contains(u',');
    if (binding.form == Form::PortRanges) {
        expected = u"an array of { start = 6000, end = 7000 } and { single = 8000 }"_s;
        return node.kind == Kind::Array ? portRanges(node) : isText ? std::optional(node.text) : std::nullopt;
    }
    if (isList && node.kind == Kind::Array) {
        expected = u"an array of texts in quotes"_s;
        return joined(node);
    }
    bool accepted = isText;
    if (numberNames().contains(binding.valueName)) {
        expected = u"a whole number"_s;
        accepted = node.kind == Kind::Integer || node.kind == Kind::Untyped;
    } else if (binding.valueName.isEmpty()) {
        expected = u"true or false"_s;
        accepted = node.kind == Kind::Bool
            || (node.kind == Kind::Untyped && (node.text == "true"_L1 || node.text == "false"_L1));
    } else if (binding.form == Form::TextOrNumber) {
        expected = u"a whole number or text in quotes"_s;
        accepted = isText || node.kind == Kind::Integer;
    } else {
        expected = isList ? u"text in quotes or an array of such"_s : u"text in quotes"_s;
    }
    return accepted ? std::optional(node.text) : std::nullopt;
}

class Applier
{
public:
    Applier(const ConfigSchema &schema, CommandLine &line)
        : m_schema(schema)
        , m_line(line)
        , m_bindings(bindings(line, schema))
    {
        for (const auto &[key, binding] : m_bindings)
            m_keys << key;
        for (const QStringView own : schema.own)
            m_keys << own.toString();
    }

    void walk(const ConfigNode &table, const QString &prefix);

private:
    bool isTableOfKnown(const QString &prefix) const
    {
        const auto next = m_bindings.lower_bound(prefix);
        return next != m_bindings.end() && next->first.startsWith(prefix);
    }
    bool takeForeign(const ConfigNode &node, const QString &key);
    void complain(const ConfigNode &node, const QString &key);

    const ConfigSchema &m_schema;
    CommandLine &m_line;
    const std::map<QString, Binding> m_bindings;
    QStringList m_keys;
};

void Applier::walk(const ConfigNode &table, const QString &prefix)
{
    for (const ConfigNode &node : table.children) {
        if (m_line.report().isFull())
            return;
        const QString key = prefix + node.name;
        if (const auto found = m_bindings.find(key); found != m_bindings.end()) {
            QString expected;
            if (const auto value = valueOf(node, found->second, expected))
                m_line.setFromFile(found->second.option, *value, key, node.line);
            else
                m_line.report().addFault(node.line, u"'%1' takes %2"_s.arg(key, expected));
        } else if (std::find(m_schema.own.begin(), m_schema.own.end(), key) != m_schema.own.end()
            || takeForeign(node, key)) {
            continue;
        } else if (node.kind == Kind::Table && isTableOfKnown(key + u'.')) {
            walk(node, key + u'.');
        } else if (node.kind == Kind::Array && node.children.size() == 1
            && node.children.front().kind == Kind::Table && isTableOfKnown(key + u'.')) {
            walk(node.children.front(), key + u'.'); // [[healthCheck]] is accepted as [healthCheck]
        } else {
            complain(node, key);
        }
    }
}

bool Applier::takeForeign(const ConfigNode &node, const QString &key)
{
    const auto row = std::find_if(m_schema.foreign.begin(), m_schema.foreign.end(),
        [&key](const ForeignKey &foreign) { return foreign.key == key; });
    if (row == m_schema.foreign.end())
        return false;
    if (!row->fine.isEmpty() && node.text == row->fine)
        return true;
    if (row->harmless) {
        m_line.report().addNote(node.line,
            u"'%1' is ignored%2"_s.arg(
                key, row->advice.isEmpty() ? QString() : u": "_s + row->advice.toString()));
    } else {
        m_line.report().addFault(node.line,
            u"'%1' is not supported by frpx%2"_s.arg(
                key, row->advice.isEmpty() ? QString() : u": "_s + row->advice.toString()));
    }
    return true;
}

void Applier::complain(const ConfigNode &node, const QString &key)
{
    const QString meant = closestWord(key, m_keys);
    m_line.report().addFault(node.line,
        u"unknown key '%1'%2"_s.arg(
            logSafe(key), meant.isEmpty() ? QString() : u"; did you mean '%1'?"_s.arg(meant)));
}

} // namespace

QList<OptionSpelling> spellings(const CommandLine &line, const ConfigSchema &schema)
{
    QList<OptionSpelling> list;
    using Type = OptionSpelling::Type;
    for (const auto &[key, binding] : bindings(line, schema)) {
        const Type type = binding.valueName.isEmpty()   ? Type::Flag
            : numberNames().contains(binding.valueName) ? Type::Number
                                                        : Type::Text;
        list.append({u"--"_s + binding.option, key, CommandLine::variableName(binding.option), type});
    }
    return list;
}

void applyConfig(const ConfigNode &root, const ConfigSchema &schema, CommandLine &line)
{
    Applier(schema, line).walk(root, {});
}

void addConfigOptions(CommandLine &line, const QString &program, const QString &shortName)
{
    line.addLive(u"config"_s,
        u"Read the other options from this file (TOML or ini), see %1.toml(5). What stands on the command "
        u"line or "
        "in a variable such as FRPX_LOG_LEVEL has precedence"_s.arg(program),
        u"FILE"_s, {}, shortName);
    line.addCommand(u"check-config"_s, u"With --config: say what is wrong with the file, and exit"_s);
}

ConfigNode loadConfig(const ConfigSchema &schema, CommandLine &line)
{
    const QString path = line.text(u"config"_s);
    if (path.isEmpty()) {
        if (line.isSet(u"check-config"_s))
            line.fail(u"--check-config goes with --config."_s);
        return {};
    }
    ConfigNode root = readConfigFile(path, line.environment(), line.report(), line.files());
    applyConfig(root, schema, line);
    return root;
}

std::optional<QString> checkedText(CommandLine &line)
{
    if (!line.isSet(u"check-config"_s))
        return std::nullopt;
    QStringList lines;
    for (const QString &note : line.report().notes())
        lines << note;
    lines << u"%1: ok"_s.arg(line.text(u"config"_s));
    return lines.join(u'\n') + u'\n';
}

} // namespace frpx
