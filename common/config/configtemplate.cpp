// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/configtemplate.h"

#include "common/config/templateloop.h"
#include "common/core/logging.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr qsizetype maxTemplateBytes = 4096;
constexpr qint64 maxEffort = 3 * configlimits::maxBytes; // of ranges whose result is trimmed away again
constexpr qint64 effortOfAction = 16; // in bytes

bool isNameByte(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isSpace(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// The value of the environment variable \a name.
std::optional<QByteArray> lookUp(
    const QByteArray &name, int line, const QProcessEnvironment &environment, ConfigReport &report)
{
    const QString key = QString::fromLatin1(name);
    if (!environment.contains(key)) {
        report.addFault(line, u"the environment variable %1 is not set"_s.arg(logSafe(key)));
        return std::nullopt;
    }
    const QByteArray value = environment.value(key).toUtf8();
    if (value.size() > configlimits::maxVariableBytes) {
        report.addFault(line,
            u"the environment variable %1 is longer than %2 bytes"_s.arg(logSafe(key))
                .arg(configlimits::maxVariableBytes));
        return std::nullopt;
    }
    return value;
}

bool isControl(char c)
{
    return static_cast<uchar>(c) < 0x20 || c == '\x7f';
}

QByteArray escaped(const QByteArray &value)
{
    QByteArray text;
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            text += '\\';
            text += c;
        } else if (isControl(c)) {
            text += "\\u00" + QByteArray::number(uint(c), 16).rightJustified(2, '0');
        } else {
            text += c;
        }
    }
    return text;
}

/// Parses a TOML text only as far as needed to distinguish strings, comments and other text.
class TomlExpander
{
public:
    TomlExpander(const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report)
        : m_text(text)
        , m_environment(environment)
        , m_report(report)
    { }

    ExpandedText run();

private:
    enum class Place { Plain, Comment, Basic, Literal, MultiBasic, MultiLiteral };

    /// The position in the source, and the syntax there.
    struct Position
    {
        Place place = Place::Plain;
        int dots = 0; ///< in the current key
    };
    struct Loop
    {
        TemplateLoop turns;
        qsizetype body = 0; ///< the start of its body
        int line = 1; ///< the line of its start
        qsizetype faults = 0; ///< before its first iteration
    };

    bool at(QByteArrayView what) const { return QByteArrayView(m_text).sliced(m_at).startsWith(what); }
    bool isIn(Place place) const { return m_here.place == place; }
    bool inBasic() const { return isIn(Place::Basic) || isIn(Place::MultiBasic); }
    bool inString() const { return !isIn(Place::Plain) && !isIn(Place::Comment); }
    void take(qsizetype count);
    void beginLine();
    void takeLineEnd();
    void append(QByteArrayView solid);
    void step();
    void stepPlain(char c);
    void stepString(char c);
    void countPart(char c);
    void expand();
    void trimLeft();
    void trimRight();
    void put(const QByteArray &value, const QByteArray &name);
    void putVariable(const TemplateAction &action);
    void beginLoop(const TemplateAction &action);
    void endLoop(bool trimsRight);
    bool fits(const QByteArray &value, const QByteArray &name);

    const QByteArray &m_text;
    const QProcessEnvironment &m_environment;
    ConfigReport &m_report;
    QByteArray m_result;
    std::vector<int> m_lines{1}; ///< the line in the source of each line of the result
    bool m_isBlank = true; ///< whether the last line of the result is blank so far
    qsizetype m_floor = 0; ///< the result before this offset is not trimmed
    qsizetype m_at = 0;
    int m_line = 1;
    Position m_here;
    Position m_solid; ///< after the last byte of the result that is no white space
    qsizetype m_solidEnd = 0; ///< the offset of that position
    std::optional<Loop> m_loop;
    qint64 m_effort = 0; ///< so far, in bytes
    bool m_tooDeep = false;
};

ExpandedText TomlExpander::run()
{
    m_result.reserve(m_text.size());
    while (m_at < m_text.size() && !m_report.isFull() && !m_tooDeep) {
        if (m_result.size() > configlimits::maxBytes || ++m_effort > maxEffort) {
            m_report.addFault(m_line,
                u"with its variables and ranges the file is larger than %1 bytes"_s.arg(
                    configlimits::maxBytes));
            break;
        }
        step();
        if (m_at == m_text.size() && m_loop)
            m_report.addFault(m_loop->line, u"{{ range }} has no {{ end }} outside of quotes and comments"_s);
    }
    if (m_tooDeep) // a recursive parser would overflow its stack
        return {{}, {1}};
    return {m_result, m_lines};
}

/// Copies bytes of the source that contain no line end, and no white space at their ends except a single one.
void TomlExpander::take(qsizetype count)
{
    const QByteArrayView bytes = QByteArrayView(m_text).sliced(m_at, count);
    m_at += count;
    if (count == 1 && isSpace(bytes.front()))
        m_result += bytes.front();
    else
        append(bytes);
}

void TomlExpander::append(QByteArrayView solid)
{
    if (solid.isEmpty())
        return;
    if (m_isBlank)
        m_lines.back() = m_line;
    m_isBlank = false;
    m_result.append(solid.data(), solid.size());
    m_solid = m_here;
    m_solidEnd = m_result.size();
}

/// Starts the next line.
void TomlExpander::beginLine()
{
    m_here.dots = 0;
    if (!isIn(Place::MultiBasic) && !isIn(Place::MultiLiteral))
        m_here.place = Place::Plain; // the parser reports an unclosed string
}

void TomlExpander::takeLineEnd()
{
    ++m_at;
    ++m_line;
    beginLine();
    m_result += '\n';
    m_lines.push_back(m_line);
    m_isBlank = true;
}

void TomlExpander::step()
{
    const char c = m_text.at(m_at);
    if (c == '{' && !isIn(Place::Comment) && at("{{"))
        expand();
    else if (c == '\n')
        takeLineEnd();
    else if (isIn(Place::Plain))
        stepPlain(c);
    else if (inString())
        stepString(c);
    else
        take(1);
}

void TomlExpander::stepPlain(char c)
{
    countPart(c);
    const bool isQuote = c == '"' || c == '\'';
    if (isQuote && (at(R"(""")") || at("'''"))) {
        m_here.place = c == '"' ? Place::MultiBasic : Place::MultiLiteral;
        return take(3);
    }
    if (c == '#')
        m_here.place = Place::Comment;
    else if (c == '"')
        m_here.place = Place::Basic;
    else if (c == '\'')
        m_here.place = Place::Literal;
    take(1);
}

void TomlExpander::stepString(char c)
{
    const bool basic = inBasic();
    const char quote = basic ? '"' : '\'';
    if (basic && c == '\\' && m_at + 1 < m_text.size() && m_text.at(m_at + 1) != '\n')
        return take(2);
    if (c != quote)
        return take(1);
    if (isIn(Place::Basic) || isIn(Place::Literal)) {
        m_here.place = Place::Plain;
        return take(1);
    }
    qsizetype quotes = 0;
    while (quotes < 5 && m_at + quotes < m_text.size() && m_text.at(m_at + quotes) == quote)
        ++quotes; // up to two quotes belong to the string
    if (quotes >= 3)
        m_here.place = Place::Plain;
    take(quotes);
}

void TomlExpander::countPart(char c)
{
    if (c == '.' && ++m_here.dots == configlimits::maxDepth) {
        m_report.addFault(m_line, u"a key has more than %1 parts"_s.arg(configlimits::maxDepth));
        m_tooDeep = true;
    } else if (c == '=' || c == ',' || c == '{' || c == '[') {
        m_here.dots = 0;
    }
}

void TomlExpander::expand()
{
    const QByteArrayView rest =
        QByteArrayView(m_text).sliced(m_at).first(std::min(maxTemplateBytes, m_text.size() - m_at));
    const qsizetype lineEnd = rest.indexOf('\n');
    const qsizetype end = rest.indexOf("}}");
    if (end < 0 || (lineEnd >= 0 && lineEnd < end)) {
        m_report.addFault(m_line, u"{{ has no }} on the same line"_s);
        return take(2);
    }
    const QByteArray body = rest.sliced(2, end - 2).toByteArray();
    m_at += end + 2;
    m_effort += effortOfAction;
    const Result<TemplateAction> action = parseTemplateAction(body);
    if (!action) {
        m_report.addFault(m_line, action.error().detail);
        return put("1"_ba, {}); // any valid value, so that the rest can be checked too
    }
    if (action->trimsLeft)
        trimLeft();
    switch (action->kind) {
    case TemplateAction::Kind::Environment:
        put(lookUp(action->name, m_line, m_environment, m_report).value_or("1"_ba), action->name);
        break;
    case TemplateAction::Kind::Variable:
        putVariable(*action);
        break;
    case TemplateAction::Kind::Range:
        return beginLoop(*action);
    case TemplateAction::Kind::End:
        return endLoop(action->trimsRight);
    }
    m_floor = m_result.size();
    if (action->trimsRight)
        trimRight();
}

/// Removes white space at the end of the result, back to the last value.
void TomlExpander::trimLeft()
{
    qsizetype kept = m_result.size();
    while (kept > m_floor && isSpace(m_result.at(kept - 1)))
        --kept;
    const qsizetype lineEnds = QByteArrayView(m_result).sliced(kept).count('\n');
    m_result.truncate(kept);
    if (lineEnds == 0)
        return;
    m_lines.resize(m_lines.size() - size_t(lineEnds));
    m_isBlank = m_result.isEmpty() || m_result.endsWith('\n');
    m_here = m_solid; // for example a comment, which then continues
    if (QByteArrayView(m_result).sliced(m_solidEnd).contains('\n'))
        beginLine();
}

void TomlExpander::trimRight()
{
    while (m_at < m_text.size() && isSpace(m_text.at(m_at)))
        m_line += m_text.at(m_at++) == '\n' ? 1 : 0;
}

/// Inserts \a value in the form that the current place requires.
void TomlExpander::put(const QByteArray &value, const QByteArray &name)
{
    if (isIn(Place::Plain)) { // it may be part of a key
        for (const char c : value)
            countPart(c);
    }
    if (!fits(value, name))
        append(isIn(Place::Plain) ? "1" : "");
    else
        append(inBasic() ? escaped(value) : value);
}

void TomlExpander::putVariable(const TemplateAction &action)
{
    const Result<QByteArray> value = m_loop ? m_loop->turns.value(action) : strayVariable(action);
    if (!value)
        m_report.addFault(m_line, value.error().detail);
    append(value ? *value : "1"_ba);
}

void TomlExpander::beginLoop(const TemplateAction &action)
{
    const qsizetype faults = m_report.count();
    if (m_loop)
        m_report.addFault(m_line, u"a {{ range }} within a {{ range }} is not supported"_s);
    else if (inString())
        m_report.addFault(m_line, u"{{ range }} stands outside of quotes and comments"_s);
    QStringList lists;
    for (const QByteArray &word : action.lists) {
        const bool isQuoted = !word.startsWith('.');
        const auto list = isQuoted
            ? std::optional(word.sliced(1).chopped(1))
            : lookUp(word.sliced(word.lastIndexOf('.') + 1), m_line, m_environment, m_report);
        lists << QString::fromUtf8(list.value_or("1"_ba));
    }
    TemplateLoop turns(action, lists);
    if (!turns.fault().isEmpty())
        m_report.addFault(m_line, turns.fault());
    if (action.trimsRight)
        trimRight();
    m_floor = m_result.size();
    if (!m_loop)
        m_loop = Loop{std::move(turns), m_at, m_line, faults};
}

void TomlExpander::endLoop(bool trimsRight)
{
    m_floor = m_result.size();
    if (inString() || !m_loop) {
        m_report.addFault(m_line, u"{{ end }} ends no {{ range }} here"_s);
        return;
    }
    const bool isFaulty = m_report.count() > m_loop->faults; // report only once
    if (!isFaulty && m_loop->turns.advance()) {
        m_at = m_loop->body;
        m_line = m_loop->line;
        return;
    }
    m_loop.reset();
    if (trimsRight)
        trimRight();
}

bool TomlExpander::fits(const QByteArray &value, const QByteArray &name)
{
    if (inBasic())
        return true;
    const auto isPlain = [](char c) { return isNameByte(c) || c == '+' || c == '-' || c == '.'; };
    const bool fit = isIn(Place::Plain)
        ? !value.isEmpty() && std::all_of(value.begin(), value.end(), isPlain)
        : !value.contains('\'') && std::none_of(value.begin(), value.end(), isControl);
    if (!fit) {
        m_report.addFault(m_line,
            u"the value of {{ .Envs.%1 }} needs double quotes around it here"_s.arg(
                QString::fromLatin1(name)));
    }
    return fit;
}

} // namespace

ExpandedText expandTomlTemplates(
    const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report)
{
    return TomlExpander(text, environment, report).run();
}

QString expandTemplates(
    const QString &value, int line, const QProcessEnvironment &environment, ConfigReport &report)
{
    QString result;
    qsizetype from = 0;
    while (true) {
        const qsizetype begin = value.indexOf("{{"_L1, from);
        if (begin < 0)
            return result + value.sliced(from);
        const qsizetype end = value.indexOf("}}"_L1, begin);
        if (end < 0 || end - begin > maxTemplateBytes) {
            report.addFault(line, u"{{ has no }} on the same line"_s);
            return value;
        }
        const Result<TemplateAction> action =
            parseTemplateAction(value.sliced(begin + 2, end - begin - 2).trimmed().toUtf8());
        if (!action || action->kind != TemplateAction::Kind::Environment) {
            report.addFault(
                line, u"in an ini file there is {{ .Envs.NAME }} alone; for many ports write [range:NAME]"_s);
            return value;
        }
        const std::optional<QByteArray> variable = lookUp(action->name, line, environment, report);
        if (!variable)
            return value;
        result += value.sliced(from, begin - from) + QString::fromUtf8(*variable);
        if (result.size() > configlimits::maxBytes) {
            report.addFault(line, u"with its variables the value is too long"_s);
            return value;
        }
        from = end + 2;
    }
}

} // namespace frpx
