// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/logging.h"

#include "common/core/clock.h"
#include "common/core/logbudget.h"

#include <QDateTime>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#ifdef Q_OS_LINUX
#include <sys/stat.h>
#endif

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
Q_LOGGING_CATEGORY(lcPorts, "frpx.ports", QtInfoMsg)
Q_LOGGING_CATEGORY(lcNet, "frpx.net", QtInfoMsg)
Q_LOGGING_CATEGORY(lcSystem, "frpx.system", QtInfoMsg)
Q_LOGGING_CATEGORY(lcClient, "frpx.client", QtInfoMsg)

namespace {

constexpr QStringView levelWords[] = {u"debug", u"info", u"warning", u"critical"};

const char *levelName(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return "DEBUG";
    case QtInfoMsg:
        return "INFO ";
    case QtWarningMsg:
        return "WARN ";
    case QtCriticalMsg:
        return "ERROR";
    case QtFatalMsg:
        break;
    }
    return "FATAL";
}

/// The local time "2026-01-31T23:59:59.999". The calendar is computed only once a second.
QByteArray timeStamp()
{
    thread_local qint64 second = -1;
    thread_local QByteArray calendar;
    const qint64 ms = QDateTime::currentMSecsSinceEpoch();
    if (ms / 1000 != second) {
        second = ms / 1000;
        calendar = QDateTime::fromMSecsSinceEpoch(ms).toString(u"yyyy-MM-ddThh:mm:ss."_s).toLatin1();
    }
    return calendar + QByteArray::number(ms % 1000 + 1000).sliced(1);
}

/// The prefixes of sd-daemon(3).
const char *journalPrefix(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return "<7>";
    case QtInfoMsg:
        return "<6>";
    case QtWarningMsg:
        return "<4>";
    case QtCriticalMsg:
        return "<3>";
    case QtFatalMsg:
        break;
    }
    return "<2>";
}

constexpr qint64 kib = 1024;

/// The limit for all lines of a second. It is higher at level debug.
struct Budgets
{
    std::mutex mutex;
    LogBudget usual{1024 * kib, 64 * kib};
    LogBudget debug{32 * 1024 * kib, 4 * 1024 * kib};
};

/// Whether a line of \a bytes may be written. Then \a leftOut is how many lines before it were not. Critical
/// lines may always.
bool isAfforded(QtMsgType type, qsizetype bytes, quint64 &leftOut)
{
    static Budgets budgets;
    const std::lock_guard lock(budgets.mutex);
    LogBudget &budget = type == QtDebugMsg ? budgets.debug : budgets.usual;
    const bool isCritical = type == QtCriticalMsg || type == QtFatalMsg;
    if (!isCritical && !budget.take(bytes, steadyMs()))
        return false;
    leftOut = budget.takeLeftOut();
    return true;
}

/// Qt's own handler parses its pattern and checks the terminal for every line, which costs too much for a
/// line per connection.
template <LogStyle style>
void writeLine(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    const QByteArray time = style == LogStyle::Journal ? QByteArray() : timeStamp();
    QByteArray line = logLine(style, time, type, context.category, text);
    quint64 leftOut = 0;
    if (!isAfforded(type, line.size(), leftOut))
        return;
    if (leftOut > 0) {
        line.prepend(logLine(style, time, QtWarningMsg, "frpx.system",
            u"%1 lines have been left out here: there were too many in a short time"_s.arg(leftOut)));
    }
    std::fwrite(line.constData(), 1, static_cast<size_t>(line.size()),
        stderr); // stderr is unbuffered: one call, one line
    if (type == QtFatalMsg)
        std::abort();
}

} // namespace

void setUpLogging()
{
    if (qEnvironmentVariableIsSet("QT_MESSAGE_PATTERN"))
        return;
    constexpr int standardError = 2;
    const bool toJournal = isJournal(standardError, qgetenv("JOURNAL_STREAM"));
    qInstallMessageHandler(toJournal ? writeLine<LogStyle::Journal> : writeLine<LogStyle::TimeAndLevel>);
}

QByteArray logLine(
    LogStyle style, const QByteArray &time, QtMsgType type, const char *category, const QString &text)
{
    QByteArray line = style == LogStyle::Journal ? journalPrefix(type) : time + ' ' + levelName(type) + ' ';
    line += category ? category : "default";
    line += ": ";
    line += text.toUtf8();
    line += '\n';
    return line;
}

bool isJournal(int descriptor, const QByteArray &journalStream)
{
#ifdef Q_OS_LINUX
    struct stat about = {};
    return !journalStream.isEmpty() && ::fstat(descriptor, &about) == 0
        && journalStream == QByteArray::number(about.st_dev) + ':' + QByteArray::number(about.st_ino);
#else
    Q_UNUSED(descriptor)
    Q_UNUSED(journalStream)
    return false;
#endif
}

QStringList logLevelNames()
{
    QStringList names;
    for (const QStringView word : levelWords)
        names << word.toString();
    return names;
}

bool isLogLevel(QStringView level)
{
    return std::find(std::begin(levelWords), std::end(levelWords), level) != std::end(levelWords);
}

bool setLogLevel(QStringView level)
{
    const auto &names = levelWords;
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
