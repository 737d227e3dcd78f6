// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/throttledlog.h"

#include "common/core/clock.h"

#include <QCoreApplication>
#include <QTimer>

#include <algorithm>
#include <mutex>

namespace frpx {

namespace {

struct Shared
{
    std::mutex mutex;
    LogThrottle throttle;
    bool isAwaited = false; ///< a queued call will write the counted lines
    bool hasEnd = false; ///< atTheEnd() is registered
};

Shared &shared()
{
    static Shared all;
    return all;
}

void write(const LogKind &kind, const QString &text)
{
    const QLoggingCategory &category = kind.category();
    const QMessageLogger logger;
    const QByteArray utf8 = text.toUtf8();
    switch (kind.level) {
    case QtDebugMsg:
        return logger.debug(category, "%s", utf8.constData());
    case QtInfoMsg:
        return logger.info(category, "%s", utf8.constData());
    case QtCriticalMsg:
        return logger.critical(category, "%s", utf8.constData());
    default:
        return logger.warning(category, "%s", utf8.constData());
    }
}

void write(const std::vector<LogThrottle::Line> &lines)
{
    for (const LogThrottle::Line &line : lines)
        write(*line.kind, line.text);
}

/// The application is being destroyed: no timer will fire any more.
void atTheEnd()
{
    Shared &all = shared();
    std::unique_lock lock(all.mutex);
    all.isAwaited = false;
    all.hasEnd = false;
    const std::vector<LogThrottle::Line> lines = all.throttle.takeAll(steadyMs());
    lock.unlock();
    write(lines);
}

void writeDue();

/// Runs in the main thread.
void writeLater()
{
    Shared &all = shared();
    const std::lock_guard lock(all.mutex);
    const std::optional<qint64> due = all.throttle.nextDueMs();
    all.isAwaited = due.has_value();
    if (due) {
        QTimer::singleShot(static_cast<int>(std::max<qint64>(*due - steadyMs(), 1)), Qt::PreciseTimer,
            QCoreApplication::instance(), &writeDue);
    }
}

void writeDue()
{
    Shared &all = shared();
    std::unique_lock lock(all.mutex);
    const std::vector<LogThrottle::Line> lines = all.throttle.takeDue(steadyMs());
    lock.unlock();
    write(lines);
    writeLater();
}

} // namespace

void logThrottled(const LogKind &kind, const QString &text, const QString &subject)
{
    if (!kind.category().isEnabled(kind.level))
        return;
    Shared &all = shared();
    std::unique_lock lock(all.mutex);
    const std::optional<QString> line = all.throttle.add(kind, text, subject, steadyMs());
    QCoreApplication *application = line ? nullptr : QCoreApplication::instance();
    if (application && !std::exchange(all.isAwaited, true)) {
        if (!std::exchange(all.hasEnd, true))
            qAddPostRoutine(&atTheEnd);
        QMetaObject::invokeMethod(application, &writeLater, Qt::QueuedConnection);
    }
    lock.unlock();
    if (line)
        write(kind, *line); // not under the lock: writing may block
}

void forgetThrottledLines()
{
    Shared &all = shared();
    const std::lock_guard lock(all.mutex);
    all.throttle = {};
}

} // namespace frpx
