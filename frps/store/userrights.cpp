// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/userrights.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx::server {

static bool matchesAny(const std::optional<QStringList> &patterns, QStringView name)
{
    return !patterns || std::any_of(patterns->begin(), patterns->end(), [name](const QString &pattern) {
        return matchesPattern(pattern, name);
    });
}

bool UserRights::mayUseClientId(QStringView clientId) const
{
    return matchesAny(clientIds, clientId);
}

bool UserRights::mayUseTunnelName(QStringView name) const
{
    return matchesAny(tunnelNames, name);
}

Result<QStringList> parsePatterns(const QString &text)
{
    QStringList patterns;
    for (const QString &part : text.split(u',', Qt::SkipEmptyParts)) {
        const QString pattern = part.trimmed();
        const auto fits = [](QChar c) { return c.isPrint() || c.isSurrogate(); };
        if (pattern.isEmpty())
            continue;
        if (pattern.size() > maxPatternLength || !pattern.isValidUtf16()
            || !std::all_of(pattern.begin(), pattern.end(), fits))
            return Error{Errc::InvalidArgument,
                u"A pattern may have up to %1 printable characters."_s.arg(maxPatternLength)};
        patterns << pattern;
    }
    if (patterns.size() > maxPatterns)
        return Error{Errc::InvalidArgument, u"There are more than %1 patterns."_s.arg(maxPatterns)};
    return patterns;
}

bool matchesPattern(QStringView pattern, QStringView name)
{
    qsizetype p = 0;
    qsizetype n = 0;
    qsizetype star = -1; // the last one seen; `given` is the length of the name that it has matched
    qsizetype given = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == u'*') {
            star = p++;
            given = n;
        } else if (p < pattern.size() && (pattern[p] == u'?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (star >= 0) {
            p = star + 1;
            n = ++given;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == u'*')
        ++p;
    return p == pattern.size();
}

} // namespace frpx::server
