// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/configtemplate.h"

#include "common/core/logging.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr qsizetype maxTemplateBytes = 256;

bool isNameByte(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The variable's value for what stands between {{ and }}.
std::optional<QByteArray> lookUp(
    const QByteArray &body, int line, const QProcessEnvironment &environment, ConfigReport &report)
{
    constexpr QByteArrayView prefix = ".Envs.";
    const QByteArray name = body.startsWith(prefix) ? body.sliced(prefix.size()) : QByteArray();
    if (name.isEmpty() || !std::all_of(name.begin(), name.end(), isNameByte)) {
        report.addFault(line,
            u"{{ %1 }} is not understood; only {{ .Envs.NAME }} is, for the environment variable NAME"_s.arg(
                logSafe(QString::fromUtf8(body))));
        return std::nullopt;
    }
    const QString key = QString::fromLatin1(name);
    if (!environment.contains(key)) {
        report.addFault(line, u"the environment variable %1 is not set"_s.arg(key));
        return std::nullopt;
    }
    const QByteArray value = environment.value(key).toUtf8();
    if (value.size() > configlimits::maxVariableBytes) {
        report.addFault(line,
            u"the environment variable %1 is longer than %2 bytes"_s.arg(key).arg(
                configlimits::maxVariableBytes));
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

/// Walks through a TOML text just far enough to know what is a string and what a comment.
class TomlExpander
{
public:
    TomlExpander(const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report)
        : m_text(text)
        , m_environment(environment)
        , m_report(report)
    { }

    QByteArray run();

private:
    enum class Place { Plain, Comment, Basic, Literal, MultiBasic, MultiLiteral };

    bool at(QByteArrayView what) const { return QByteArrayView(m_text).sliced(m_at).startsWith(what); }
    bool inString() const { return m_place != Place::Plain && m_place != Place::Comment; }
    void take(qsizetype count)
    {
        m_result += QByteArrayView(m_text).sliced(m_at, count).toByteArray();
        m_at += count;
    }
    void step();
    void stepPlain(char c);
    void stepString(char c);
    void countPart(char c);
    void expand();
    bool fits(const QByteArray &value, const QByteArray &name);

    const QByteArray &m_text;
    const QProcessEnvironment &m_environment;
    ConfigReport &m_report;
    QByteArray m_result;
    qsizetype m_at = 0;
    int m_line = 1;
    int m_dots = 0; ///< in the key at hand
    bool m_tooDeep = false;
    Place m_place = Place::Plain;
};

QByteArray TomlExpander::run()
{
    m_result.reserve(m_text.size());
    while (m_at < m_text.size() && !m_report.isFull() && !m_tooDeep) {
        if (m_result.size() > configlimits::maxBytes) {
            m_report.addFault(
                m_line, u"with its variables the file is larger than %1 bytes"_s.arg(configlimits::maxBytes));
            break;
        }
        step();
    }
    return m_tooDeep ? QByteArray() : m_result; // a parser would nest it, and its stack has an end
}

void TomlExpander::step()
{
    const char c = m_text.at(m_at);
    if (m_place != Place::Comment && at("{{"))
        return expand();
    if (c == '\n') {
        ++m_line;
        m_dots = 0;
        if (m_place != Place::MultiBasic && m_place != Place::MultiLiteral)
            m_place = Place::Plain; // a string that is not closed is the parser's to complain about
        return take(1);
    }
    if (m_place == Place::Plain)
        stepPlain(c);
    else if (inString())
        stepString(c);
    else
        take(1);
}

void TomlExpander::stepPlain(char c)
{
    countPart(c);
    if (at(R"(""")") || at("'''")) {
        m_place = c == '"' ? Place::MultiBasic : Place::MultiLiteral;
        return take(3);
    }
    if (c == '#')
        m_place = Place::Comment;
    else if (c == '"')
        m_place = Place::Basic;
    else if (c == '\'')
        m_place = Place::Literal;
    take(1);
}

void TomlExpander::stepString(char c)
{
    const bool basic = m_place == Place::Basic || m_place == Place::MultiBasic;
    const char quote = basic ? '"' : '\'';
    if (basic && c == '\\' && m_at + 1 < m_text.size() && m_text.at(m_at + 1) != '\n')
        return take(2);
    if (c != quote)
        return take(1);
    if (m_place == Place::Basic || m_place == Place::Literal) {
        m_place = Place::Plain;
        return take(1);
    }
    qsizetype quotes = 0;
    while (quotes < 5 && m_at + quotes < m_text.size() && m_text.at(m_at + quotes) == quote)
        ++quotes; // up to two of them belong to the string
    if (quotes >= 3)
        m_place = Place::Plain;
    take(quotes);
}

void TomlExpander::countPart(char c)
{
    if (c == '.' && ++m_dots == configlimits::maxDepth) {
        m_report.addFault(m_line, u"a key has more than %1 parts"_s.arg(configlimits::maxDepth));
        m_tooDeep = true;
    } else if (c == '=' || c == ',' || c == '{' || c == '[') {
        m_dots = 0;
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
    const QByteArray body = rest.sliced(2, end - 2).toByteArray().trimmed();
    m_at += end + 2;
    const std::optional<QByteArray> value = lookUp(body, m_line, m_environment, m_report);
    if (value && m_place == Place::Plain) { // it may be part of a key
        for (const char c : *value)
            countPart(c);
    }
    // What cannot be put in is replaced by something harmless, so that the rest can be checked as well.
    if (!value || !fits(*value, body))
        m_result += m_place == Place::Plain ? "1" : "";
    else
        m_result += m_place == Place::Basic || m_place == Place::MultiBasic ? escaped(*value) : *value;
}

bool TomlExpander::fits(const QByteArray &value, const QByteArray &name)
{
    if (m_place == Place::Basic || m_place == Place::MultiBasic)
        return true;
    const auto isPlain = [](char c) { return isNameByte(c) || c == '+' || c == '-' || c == '.'; };
    const bool plain = m_place == Place::Plain;
    const bool fit = plain ? !value.isEmpty() && std::all_of(value.begin(), value.end(), isPlain)
                           : !value.contains('\'') && std::none_of(value.begin(), value.end(), isControl);
    if (!fit) {
        m_report.addFault(m_line,
            u"the value of {{ %1 }} needs double quotes around it here"_s.arg(QString::fromLatin1(name)));
    }
    return fit;
}

} // namespace

QByteArray expandTomlTemplates(
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
        const QByteArray body = value.sliced(begin + 2, end - begin - 2).trimmed().toUtf8();
        const std::optional<QByteArray> variable = lookUp(body, line, environment, report);
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
