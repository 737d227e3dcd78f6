// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/ports/jsonsplice.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// Reads text that is known to be JSON. It never moves past the end, whatever the text is.
class Walker
{
public:
    explicit Walker(QByteArrayView text)
        : m_text(text)
    { }

    bool atEnd() const { return m_at >= m_text.size(); }
    char current() const { return atEnd() ? '\0' : m_text[m_at]; }
    void step() { m_at = std::min(m_at + 1, m_text.size()); }

    void skipTo(char wanted)
    {
        while (!atEnd() && current() != wanted)
            step();
    }
    void skipSpace()
    {
        while (!atEnd() && QByteArrayView(" \t\r\n").contains(current()))
            step();
    }
    /// Reads a string with its quotes.
    QByteArrayView takeString()
    {
        const qsizetype from = m_at;
        step();
        while (!atEnd() && current() != '"') {
            if (current() == '\\')
                step();
            step();
        }
        step();
        return m_text.sliced(from, m_at - from);
    }
    QByteArrayView takeValue()
    {
        const qsizetype from = m_at;
        int depth = 0;
        while (!atEnd()) {
            const char c = current();
            if (c == '"') {
                takeString();
            } else if (c == '{' || c == '[') {
                ++depth;
                step();
            } else if (depth > 0) {
                depth -= c == '}' || c == ']';
                step();
            } else if (QByteArrayView(",}] \t\r\n").contains(c)) {
                break; // after a number or a word
            } else {
                step();
                continue;
            }
            if (depth == 0)
                break; // after a string, an object or an array
        }
        return m_text.sliced(from, m_at - from);
    }

private:
    const QByteArrayView m_text;
    qsizetype m_at = 0;
};

QString decoded(QByteArrayView quoted)
{
    if (!quoted.contains('\\')) {
        // fromUtf8() drops a byte order mark only at the start of a text. With the quote in front it stays,
        // as in QJsonDocument's names.
        return QString::fromUtf8(quoted.first(std::max<qsizetype>(quoted.size() - 1, 1))).sliced(1);
    }
    return QJsonDocument::fromJson('[' + quoted.toByteArray() + ']').array().at(0).toString();
}

} // namespace

std::vector<JsonMember> jsonMembers(QByteArrayView object)
{
    std::vector<JsonMember> members;
    Walker walker(object);
    walker.skipTo('{');
    walker.step();
    while (true) {
        walker.skipSpace();
        if (walker.current() == ',') {
            walker.step();
            walker.skipSpace();
        }
        if (walker.current() != '"')
            return members;
        const QByteArrayView name = walker.takeString();
        walker.skipTo(':');
        walker.step();
        walker.skipSpace();
        members.push_back({decoded(name), walker.takeValue()});
    }
}

QByteArray withJsonMember(QByteArrayView object, QStringView name, const QByteArray &value)
{
    QByteArray out;
    out.reserve(object.size() + name.size() + value.size() + 8);
    const char *copied = object.begin();
    bool found = false;
    const std::vector<JsonMember> members = jsonMembers(object);
    for (const JsonMember &member : members) {
        if (member.name != name)
            continue;
        found = true;
        out.append(QByteArrayView(copied, member.value.begin()));
        out.append(value);
        copied = member.value.end();
    }
    if (!found) {
        const qsizetype brace = object.lastIndexOf('}');
        if (brace < 0)
            return object.toByteArray(); // not an object
        const char *end = object.begin() + brace;
        out.append(QByteArrayView(copied, end));
        if (!members.empty())
            out.append(',');
        out.append('"' + name.toUtf8() + "\":" + value);
        copied = end;
    }
    out.append(QByteArrayView(copied, object.end()));
    return out;
}

} // namespace frpx::server
