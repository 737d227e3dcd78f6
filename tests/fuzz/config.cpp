// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/configfile.h"
#include "common/config/configtemplate.h"
#include "common/config/tablereader.h"
#include "tests/fuzz/target.h"

#include <algorithm>
#include <tuple>

using namespace Qt::StringLiterals;

/// An input is a configuration file; it is read as TOML, as ini and as what it looks like.
namespace frpx::fuzz {

namespace {

/// A node without what it is called and says: its depth, line and kind.
using Place = std::tuple<int, int, ConfigNode::Kind>;
using Shape = std::vector<Place>;

QProcessEnvironment environment(const QString &value)
{
    QProcessEnvironment result;
    result.insert(u"V"_s, value);
    result.insert(u"N"_s, u"7000"_s);
    result.insert(u"LONG"_s, QString(configlimits::maxVariableBytes + 1, u'x'));
    return result;
}

void addShape(const ConfigNode &node, int depth, Shape &shape)
{
    // An ini file has the keys of a section two below the top.
    require(depth <= configlimits::maxDepth + 2, "a tree has a bounded depth");
    shape.emplace_back(depth, node.line, node.kind);
    for (const ConfigNode &child : node.children)
        addShape(child, depth + 1, shape);
}

/// Sorted, because tables are sorted by what their members are called.
Shape shapeOf(const ConfigNode &root)
{
    Shape shape;
    addShape(root, 0, shape);
    std::sort(shape.begin(), shape.end());
    return shape;
}

/// As programs take a tree apart.
void readTable(const ConfigNode &root, ConfigReport &report)
{
    TableReader reader(root, u"the file"_s, report);
    reader.text(u"serverAddr"_s);
    reader.number(u"serverPort"_s, 1, 65'535);
    reader.boolean(u"log.color"_s);
    reader.ignore(u"user"_s, u"it is not used"_s);
    reader.finish();
    require(report.faults().size() <= ConfigReport::maxFaults, "nobody has to read more than a page");
}

void readAs(const QString &name, const QByteArray &content)
{
    static const QProcessEnvironment hostile = environment(u"\"]}\n#'\\=, x"_s);
    static const QProcessEnvironment harmless = environment(u"x"_s);

    ConfigReport report;
    const ConfigNode root = readConfig(content, name, hostile, report);
    const Shape shape = shapeOf(root);
    ConfigReport harmlessReport;
    const ConfigNode harmlessRoot = readConfig(content, name, harmless, harmlessReport);
    const Shape harmlessShape = shapeOf(harmlessRoot);
    if (!report.hasFaults() && !harmlessReport.hasFaults())
        require(shape == harmlessShape, "the value of a variable is a value and nothing else");
    readTable(root, report);

    ConfigReport expansion;
    const ExpandedText expanded = expandTomlTemplates(content, hostile, expansion);
    const auto lines = content.count('\n') + 1;
    require(
        expanded.lines.size() == size_t(expanded.text.count('\n')) + 1, "every line has come from somewhere");
    for (const int line : expanded.lines)
        require(line >= 1 && line <= lines, "every line has come from the file");
    if (!expansion.hasFaults() && !content.contains("range"))
        require(expanded.lines.size() <= size_t(lines), "variables add no lines");
}

} // namespace

static void tryInput(QByteArrayView input)
{
    const QByteArray content = input.toByteArray();
    for (const QString &name : {u"frpx.toml"_s, u"frpx.ini"_s, u"frpx.conf"_s})
        readAs(name, content);
}

const TargetRegistration registration("config", tryInput);

} // namespace frpx::fuzz
