// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/frpportsfile.h"

#include "common/config/tomlplusplus.h"
#include "common/core/logging.h"
#include "frps/ports/allowportslist.h"

#include <QFile>
#include <QFileInfo>
#include <QStringList>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr qint64 maxFileSize = qint64(1024) * 1024;

Error invalid(const QString &what)
{
    return {Errc::InvalidArgument, what};
}

Error noList()
{
    return invalid(u"has no allowPorts; use --allow-ports"_s);
}

/// The line without a comment at its end.
QString withoutComment(const QString &line)
{
    for (qsizetype at = line.indexOf(u'#'); at >= 0; at = line.indexOf(u'#', at + 1)) {
        if (at == 0 || line.at(at - 1).isSpace())
            return line.first(at);
    }
    return line;
}

QString unquoted(const QString &word)
{
    QString text = word.trimmed();
    for (const QChar quote : {u'"', u'\''}) {
        if (text.size() >= 2 && text.startsWith(quote) && text.endsWith(quote))
            return text.sliced(1, text.size() - 2);
    }
    return text;
}

/// Reads `name: number`.
Result<void> addPair(const QString &text, AllowPortsList &list)
{
    const qsizetype colon = text.indexOf(u':');
    bool isNumber = false;
    const qint64 value = unquoted(text.mid(colon + 1)).toLongLong(&isNumber);
    if (colon < 0 || !isNumber)
        return invalid(u"allowPorts: '%1' is not 'name: port'"_s.arg(logSafe(text.trimmed(), 40)));
    return list.set(unquoted(text.first(colon)), value);
}

/// Reads `name: number, name: number`, the text between braces.
Result<void> addPairs(const QString &text, AllowPortsList &list)
{
    const QStringList pairs = text.split(u',');
    for (qsizetype i = 0; i < pairs.size(); ++i) {
        if (i > 0 && i + 1 == pairs.size() && pairs[i].trimmed().isEmpty())
            break; // a comma at the end
        if (auto added = addPair(pairs[i], list); !added)
            return added;
    }
    return {};
}

/// Reads `{…}, {…}`, the text between brackets.
Result<void> addFlowItems(const QString &text, AllowPortsList &list)
{
    QString rest = text.trimmed();
    while (!rest.isEmpty()) {
        const qsizetype end = rest.indexOf(u'}');
        if (!rest.startsWith(u'{') || end < 0)
            return invalid(u"allowPorts: '%1' is not an item in braces"_s.arg(logSafe(rest, 40)));
        list.beginItem();
        if (auto added = addPairs(rest.sliced(1, end - 1), list); !added)
            return added;
        rest = rest.sliced(end + 1).trimmed();
        if (rest.startsWith(u','))
            rest = rest.sliced(1).trimmed();
        else if (!rest.isEmpty())
            return invalid(u"allowPorts: there is no comma before '%1'"_s.arg(logSafe(rest, 40)));
    }
    return {};
}

Result<void> addBlockLine(const QString &line, AllowPortsList &list)
{
    QString text = line.trimmed();
    if (text == u'-' || text.startsWith("- "_L1)) {
        list.beginItem();
        text = text.sliced(1).trimmed();
        if (text.isEmpty())
            return {};
    }
    if (text.startsWith(u'{') && text.endsWith(u'}'))
        return addPairs(text.sliced(1, text.size() - 2), list);
    return addPair(text, list);
}

/// The lines of the top-level key allowPorts, the first one without the key.
std::optional<QStringList> yamlNode(const QByteArray &text)
{
    std::optional<QStringList> node;
    for (const QString &raw : QString::fromUtf8(text).split(u'\n')) {
        const QString line = withoutComment(raw);
        if (line.trimmed().isEmpty())
            continue;
        const bool isTopLevel = !line.at(0).isSpace() && line.at(0) != u'-';
        if (!node) {
            const qsizetype colon = line.indexOf(u':');
            if (isTopLevel && colon > 0 && unquoted(line.first(colon)) == "allowPorts"_L1)
                node = QStringList{line.sliced(colon + 1).trimmed()};
            continue;
        }
        const bool inBrackets = node->first().startsWith(u'[') && !node->last().endsWith(u']');
        if (isTopLevel && !inBrackets)
            break;
        *node += line.trimmed();
    }
    return node;
}

} // namespace

Result<PortRanges> allowPortsFromToml(const QByteArray &text)
{
    const toml::parse_result parsed = toml::parse(std::string_view(text.constData(), size_t(text.size())));
    if (!parsed) {
        const toml::parse_error &error = parsed.error();
        return invalid(u"is not TOML (line %1): %2"_s.arg(error.source().begin.line)
                           .arg(QString::fromStdString(std::string(error.description()))));
    }
    const toml::node *node = parsed.table().get("allowPorts");
    if (!node)
        return noList();
    const toml::array *items = node->as_array();
    if (!items)
        return invalid(u"allowPorts is not a list"_s);
    AllowPortsList list;
    for (const toml::node &item : *items) {
        const toml::table *table = item.as_table();
        if (!table)
            return invalid(u"allowPorts: an item has start and end, or single"_s);
        list.beginItem();
        for (const auto &[key, value] : *table) {
            const toml::value<int64_t> *number = value.as_integer();
            if (auto added =
                    list.set(QString::fromStdString(std::string(key.str())), number ? number->get() : 0);
                !added)
                return added.error();
        }
    }
    return list.ranges();
}

Result<PortRanges> allowPortsFromYaml(const QByteArray &text)
{
    const std::optional<QStringList> node = yamlNode(text);
    if (!node)
        return noList();
    AllowPortsList list;
    if (node->first().startsWith(u'[')) {
        const QString flow = node->join(u' ');
        if (!flow.endsWith(u']'))
            return invalid(u"allowPorts: a bracket is missing"_s);
        if (auto added = addFlowItems(flow.sliced(1, flow.size() - 2), list); !added)
            return added.error();
        return list.ranges();
    }
    for (const QString &line : *node) {
        if (line.isEmpty())
            continue;
        if (auto added = addBlockLine(line, list); !added)
            return added.error();
    }
    return list.ranges();
}

Result<PortRanges> allowPortsFromIni(const QByteArray &text)
{
    bool inCommon = false;
    for (const QString &raw : QString::fromUtf8(text).split(u'\n')) {
        const QString line = raw.trimmed();
        if (line.startsWith(u'[')) {
            inCommon = line == "[common]"_L1;
            continue;
        }
        const qsizetype equals = line.indexOf(u'=');
        if (!inCommon || line.startsWith(u'#') || line.startsWith(u';') || equals < 0
            || line.first(equals).trimmed() != "allow_ports"_L1)
            continue;
        AllowPortsList list;
        for (const QString &part : line.sliced(equals + 1).split(u',')) {
            const QStringList ends = part.split(u'-');
            bool isNumber[2] = {false, false};
            const qint64 from = ends.first().trimmed().toLongLong(&isNumber[0]);
            const qint64 to = ends.last().trimmed().toLongLong(&isNumber[1]);
            if (ends.size() > 2 || !isNumber[0] || !isNumber[1])
                return invalid(
                    u"allow_ports: '%1' is not a port or a range"_s.arg(logSafe(part.trimmed(), 40)));
            list.beginItem();
            if (auto added = list.set(u"start"_s, from); !added)
                return added.error();
            if (auto added = list.set(u"end"_s, to); !added)
                return added.error();
        }
        return list.ranges();
    }
    return invalid(u"has no allow_ports in [common]; use --allow-ports"_s);
}

Result<PortRanges> allowPortsFromFile(const QString &path)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    const auto read = suffix == "toml"_L1           ? &allowPortsFromToml
        : suffix == "yaml"_L1 || suffix == "yml"_L1 ? &allowPortsFromYaml
        : suffix == "ini"_L1                        ? &allowPortsFromIni
                                                    : nullptr;
    if (!read)
        return invalid(
            u"%1: the name of a frp configuration ends with .toml, .yaml, .yml or .ini"_s.arg(path));
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return Error{Errc::Io, u"Cannot read %1: %2"_s.arg(path, file.errorString())};
    const QByteArray text = file.read(maxFileSize + 1);
    if (text.size() > maxFileSize)
        return invalid(u"%1 is larger than 1 MiB"_s.arg(path));
    Result<PortRanges> ranges = read(text);
    if (!ranges)
        return Error{ranges.error().code, path + u": "_s + ranges.error().detail};
    return ranges;
}

} // namespace frpx::server
