// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/templateaction.h"

#include "common/core/logging.h"

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr QByteArrayView environmentPrefix = ".Envs.";

bool isSpace(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool isName(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
}

/// Splits \a text into words: separated by white space; a comma and ":=" are words themselves; quotes join a
/// word. Empty if a quote is not closed.
std::optional<QList<QByteArray>> wordsOf(const QByteArray &text)
{
    QList<QByteArray> words;
    const auto isAssignment = [&text](
                                  qsizetype at) { return QByteArrayView(text).sliced(at).startsWith(":="); };
    qsizetype at = 0;
    while (at < text.size()) {
        const char c = text.at(at);
        if (isSpace(c)) {
            ++at;
            continue;
        }
        qsizetype end = at + 1;
        if (c == '"' || c == '`') {
            end = text.indexOf(c, at + 1) + 1;
            if (end == 0)
                return std::nullopt;
        } else if (isAssignment(at)) {
            end = at + 2;
        } else if (c != ',') {
            while (end < text.size() && !isSpace(text.at(end)) && text.at(end) != ',' && !isAssignment(end))
                ++end;
        }
        words << text.sliced(at, end - at);
        at = end;
    }
    return words;
}

/// Returns "v" for "$v".
std::optional<QByteArray> variableName(const QByteArray &word)
{
    const QByteArray name = word.startsWith('$') ? word.sliced(1) : QByteArray();
    return isName(name) ? std::optional(name) : std::nullopt;
}

bool isList(const QByteArray &word)
{
    return word.startsWith('"') || word.startsWith('`')
        || (word.startsWith(environmentPrefix)
            && isName(QByteArrayView(word).sliced(environmentPrefix.size())));
}

/// Parses the words after "range".
std::optional<TemplateAction> parseRange(QList<QByteArray> words)
{
    TemplateAction action;
    action.kind = TemplateAction::Kind::Range;
    if (words.size() > 2 && words.at(1) == ",") {
        const std::optional<QByteArray> index = variableName(words.at(0));
        if (!index)
            return std::nullopt;
        action.index = *index;
        words.remove(0, 2);
    }
    const std::optional<QByteArray> name =
        words.size() > 3 && words.at(1) == ":=" ? variableName(words.at(0)) : std::nullopt;
    if (!name)
        return std::nullopt;
    action.name = *name;
    const QByteArray function = words.at(2);
    action.lists = words.sliced(3);
    const qsizetype wanted = function == "parseNumberRangePair" ? 2 : function == "parseNumberRange" ? 1 : 0;
    const bool good =
        action.lists.size() == wanted && std::all_of(action.lists.cbegin(), action.lists.cend(), isList);
    return good ? std::optional(action) : std::nullopt;
}

std::optional<TemplateAction> parseWords(const QList<QByteArray> &words)
{
    using Kind = TemplateAction::Kind;
    TemplateAction action;
    if (!words.isEmpty() && words.first() == "range")
        return parseRange(words.sliced(1));
    if (words.size() != 1)
        return std::nullopt;
    const QByteArray &word = words.first();
    if (word == "end")
        return action;
    // The root object is the same there.
    const QByteArray inRoot = word.startsWith("$.") ? word.sliced(1) : word;
    if (inRoot.startsWith(environmentPrefix)) {
        action.kind = Kind::Environment;
        action.name = inRoot.sliced(environmentPrefix.size());
        return isName(action.name) ? std::optional(action) : std::nullopt;
    }
    const qsizetype dot = word.indexOf('.');
    action.kind = Kind::Variable;
    action.field = dot < 0 ? QByteArray() : word.sliced(dot + 1);
    const std::optional<QByteArray> name = variableName(dot < 0 ? word : word.first(dot));
    if (!name || (dot >= 0 && action.field != "First" && action.field != "Second"))
        return std::nullopt;
    action.name = *name;
    return action;
}

} // namespace

Result<TemplateAction> parseTemplateAction(const QByteArray &body)
{
    const bool trimsLeft = body.size() > 1 && body.front() == '-' && isSpace(body.at(1));
    const bool trimsRight =
        body.size() > (trimsLeft ? 3 : 1) && body.back() == '-' && isSpace(body.at(body.size() - 2));
    const QByteArray inner =
        body.sliced(trimsLeft ? 1 : 0, body.size() - (trimsLeft ? 1 : 0) - (trimsRight ? 1 : 0));
    const std::optional<QList<QByteArray>> words = wordsOf(inner);
    std::optional<TemplateAction> action = words ? parseWords(*words) : std::nullopt;
    if (!action) {
        return Error{Errc::InvalidArgument,
            u"{{ %1 }} is not understood; there are {{ .Envs.NAME }}, for the environment variable NAME, "
            "{{ range $_, $v := parseNumberRangePair \"6000-6006\" \"6000-6006\" }} with {{ $v.First }} and "
            "{{ $v.Second }}, {{ range $_, $v := parseNumberRange \"6000-6006\" }} with {{ $v }}, and {{ end }}"_s
                .arg(logSafe(QString::fromUtf8(inner.trimmed())))};
    }
    action->trimsLeft = trimsLeft;
    action->trimsRight = trimsRight;
    return *std::move(action);
}

} // namespace frpx
