// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/logging.h"

using namespace Qt::StringLiterals;

namespace frpx {

Q_LOGGING_CATEGORY(lcServer, "frpx.server", QtInfoMsg)
Q_LOGGING_CATEGORY(lcControl, "frpx.control", QtInfoMsg)
Q_LOGGING_CATEGORY(lcPublic, "frpx.public", QtInfoMsg)
Q_LOGGING_CATEGORY(lcWork, "frpx.work", QtInfoMsg)
Q_LOGGING_CATEGORY(lcRelay, "frpx.relay", QtInfoMsg)
Q_LOGGING_CATEGORY(lcApi, "frpx.api", QtInfoMsg)
Q_LOGGING_CATEGORY(lcAuth, "frpx.auth", QtInfoMsg)
Q_LOGGING_CATEGORY(lcStore, "frpx.store", QtInfoMsg)
Q_LOGGING_CATEGORY(lcNet, "frpx.net", QtInfoMsg)
Q_LOGGING_CATEGORY(lcSystem, "frpx.system", QtInfoMsg)
Q_LOGGING_CATEGORY(lcClient, "frpx.client", QtInfoMsg)

void setUpLogging()
{
    qSetMessagePattern(u"%{time yyyy-MM-ddThh:mm:ss.zzz} "
                       "%{if-debug}DEBUG%{endif}%{if-info}INFO %{endif}%{if-warning}WARN %{endif}"
                       "%{if-critical}ERROR%{endif}%{if-fatal}FATAL%{endif} %{category}: %{message}"_s);
}

bool setLogLevel(QStringView level)
{
    static constexpr QStringView names[] = {u"debug", u"info", u"warning", u"critical"};
    const auto wanted = std::find(std::begin(names), std::end(names), level);
    if (wanted == std::end(names))
        return false;
    QString rules;
    for (auto it = std::begin(names); it != std::end(names); ++it)
        rules += u"frpx.*.%1=%2\n"_s.arg(*it, it < wanted ? u"false" : u"true");
    QLoggingCategory::setFilterRules(rules);
    return true;
}

QString logSafe(QStringView text, qsizetype maxLength)
{
    QString safe = text.first(std::min(text.size(), maxLength)).toString();
    for (QChar &c : safe) {
        if (!c.isPrint())
            c = u'?';
    }
    if (text.size() > maxLength)
        safe += u"…"_s;
    return safe;
}

} // namespace frpx
