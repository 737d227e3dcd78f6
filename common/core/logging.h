// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QLoggingCategory>
#include <QStringView>

namespace frpx {

// One category per component; select with QT_LOGGING_RULES or --log-level. debug = per connection,
// info = state change, warning = a peer misbehaved, critical = we cannot work.
Q_DECLARE_LOGGING_CATEGORY(lcServer)
Q_DECLARE_LOGGING_CATEGORY(lcControl)
Q_DECLARE_LOGGING_CATEGORY(lcPublic)
Q_DECLARE_LOGGING_CATEGORY(lcWork)
Q_DECLARE_LOGGING_CATEGORY(lcRelay)
Q_DECLARE_LOGGING_CATEGORY(lcApi)
Q_DECLARE_LOGGING_CATEGORY(lcAuth)
Q_DECLARE_LOGGING_CATEGORY(lcStore)
Q_DECLARE_LOGGING_CATEGORY(lcPorts)
Q_DECLARE_LOGGING_CATEGORY(lcNet)
Q_DECLARE_LOGGING_CATEGORY(lcSystem)
Q_DECLARE_LOGGING_CATEGORY(lcClient)

/// Sets the line format (local time, level, category, text) on standard error, unless QT_MESSAGE_PATTERN sets
/// another. For systemd's journal, which adds the time itself, the line has the level instead, so that
/// `journalctl --priority` finds it. Call once, first thing in main().
void setUpLogging();

/// The prefix of a line depends on the destination.
enum class LogStyle { TimeAndLevel, Journal };

/// A complete log line with the line feed. \a time is left out for the journal.
QByteArray logLine(
    LogStyle style, const QByteArray &time, QtMsgType type, const char *category, const QString &text);

/// Whether \a descriptor is the one that systemd describes in \a journalStream, the environment variable
/// JOURNAL_STREAM: device and inode, "8:12345". See systemd.exec(5). False on other systems than Linux.
bool isJournal(int descriptor, const QByteArray &journalStream);

/// The names that setLogLevel() accepts.
QStringList logLevelNames();
/// Whether \a level is one of them.
bool isLogLevel(QStringView level);

/// Makes every frpx category log from \a level on: "debug", "info", "warning" or "critical".
/// \return false when the word is none of these.
bool setLogLevel(QStringView level);

/// Makes \a text of a peer safe for one log line: replaces control characters, and cuts it to \a maxLength.
QString logSafe(QStringView text, qsizetype maxLength = 128);

} // namespace frpx
