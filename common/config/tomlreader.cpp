// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/tomlreader.h"

#include "common/config/tomlplusplus.h"
#include "common/core/logging.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

QString toQString(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// The line in the file for a line that the parser reports.
int lineOf(const toml::source_region &source, const std::vector<int> &lines)
{
    const size_t line = std::clamp<size_t>(source.begin.line, 1, lines.size());
    return lines[line - 1];
}

ConfigNode convert(const toml::node &node, int depth, const std::vector<int> &lines, ConfigReport &report)
{
    using Kind = ConfigNode::Kind;
    ConfigNode result;
    result.line = lineOf(node.source(), lines);
    if (depth > configlimits::maxDepth) {
        report.addFault(
            result.line, u"tables and arrays are nested more than %1 deep"_s.arg(configlimits::maxDepth));
        return result;
    }
    if (const auto *table = node.as_table()) {
        for (auto &&[key, value] : *table) {
            result.children.push_back(convert(value, depth + 1, lines, report));
            result.children.back().name = toQString(key.str());
        }
    } else if (const auto *array = node.as_array()) {
        result.kind = Kind::Array;
        for (auto &&value : *array)
            result.children.push_back(convert(value, depth + 1, lines, report));
    } else if (const auto *text = node.as_string()) {
        result.kind = Kind::Text;
        result.text = toQString(text->get());
    } else if (const auto *integer = node.as_integer()) {
        result.kind = Kind::Integer;
        result.text = QString::number(integer->get());
    } else if (const auto *boolean = node.as_boolean()) {
        result.kind = Kind::Bool;
        result.text = boolean->get() ? u"true"_s : u"false"_s;
    } else {
        result.kind = Kind::Other;
    }
    return result;
}

} // namespace

ConfigNode readToml(const ExpandedText &expanded, ConfigReport &report)
{
    const QByteArray &text = expanded.text;
    const toml::parse_result parsed =
        toml::parse(std::string_view(text.constData(), static_cast<size_t>(text.size())));
    if (!parsed) {
        const toml::parse_error &error = parsed.error();
        report.addFault(lineOf(error.source(), expanded.lines),
            u"not TOML: "_s + logSafe(toQString(error.description()), 300));
        return {};
    }
    const qsizetype before = report.count();
    ConfigNode root = convert(parsed.table(), 0, expanded.lines, report);
    return report.count() > before ? ConfigNode() : root;
}

} // namespace frpx
