// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/tablereader.h"

#include "common/config/closestword.h"
#include "common/core/logging.h"

using namespace Qt::StringLiterals;

namespace frpx {

using Kind = ConfigNode::Kind;

TableReader::TableReader(const ConfigNode &table, QString path, ConfigReport &report)
    : m_table(table)
    , m_path(std::move(path))
    , m_report(report)
{ }

const ConfigNode *TableReader::find(const QString &key)
{
    if (!m_known.contains(key))
        m_known.append(key);
    const ConfigNode *node = &m_table;
    const QStringList parts = key.split(u'.');
    for (const QString &part : parts) {
        node = node->kind == Kind::Table ? node->find(part) : nullptr;
        if (!node)
            return nullptr;
    }
    return node;
}

QString TableReader::text(const QString &key, const QString &otherwise)
{
    const ConfigNode *node = find(key);
    if (!node)
        return otherwise;
    if (node->kind != Kind::Text && node->kind != Kind::Untyped) {
        fault(key, u"takes text in quotes"_s);
        return otherwise;
    }
    return node->text;
}

int TableReader::number(const QString &key, int min, int max, int otherwise)
{
    const ConfigNode *node = find(key);
    if (!node)
        return otherwise;
    bool ok = false;
    const int value = node->text.toInt(&ok);
    if ((node->kind != Kind::Integer && node->kind != Kind::Untyped) || !ok || value < min || value > max) {
        fault(key, u"takes a whole number from %1 to %2"_s.arg(min).arg(max));
        return otherwise;
    }
    return value;
}

bool TableReader::boolean(const QString &key, bool otherwise)
{
    const ConfigNode *node = find(key);
    if (!node)
        return otherwise;
    const bool isTrue = node->text == "true"_L1;
    if ((node->kind != Kind::Bool && node->kind != Kind::Untyped) || (!isTrue && node->text != "false"_L1)) {
        fault(key, u"takes true or false"_s);
        return otherwise;
    }
    return isTrue;
}

void TableReader::ignore(const QString &key, const QString &why)
{
    if (const ConfigNode *node = find(key))
        m_report.addNote(node->line, u"'%1' is ignored: %2"_s.arg(key, why));
}

void TableReader::refuse(const QString &key, const QString &why)
{
    if (find(key))
        fault(key, u"is not supported by frpx: "_s + why);
}

void TableReader::fault(const QString &key, const QString &sentence)
{
    const ConfigNode *node = find(key);
    m_report.addFault(node ? node->line : m_table.line, u"'%1' %2"_s.arg(key, sentence));
}

void TableReader::finish()
{
    if (m_table.kind == Kind::Table)
        complain(m_table, {});
    else
        m_report.addFault(m_table.line, u"'%1' takes a table"_s.arg(m_path));
}

void TableReader::complain(const ConfigNode &table, const QString &prefix)
{
    for (const ConfigNode &child : table.children) {
        if (m_report.isFull())
            return;
        const QString key = prefix + child.name;
        if (m_known.contains(key))
            continue;
        const QString below = key + u'.';
        const bool isTableOfKnown = std::any_of(m_known.cbegin(), m_known.cend(),
            [&below](const QString &known) { return known.startsWith(below); });
        if (isTableOfKnown && child.kind == Kind::Table) {
            complain(child, below);
            continue;
        }
        const QString meant = closestWord(key, m_known);
        m_report.addFault(child.line,
            u"unknown key '%1' in %2%3"_s.arg(
                logSafe(key), m_path, meant.isEmpty() ? QString() : u"; did you mean '%1'?"_s.arg(meant)));
    }
}

} // namespace frpx
