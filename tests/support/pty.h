// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/sockets.h"

#include <QByteArray>
#include <QStringList>

#include <optional>

namespace frpx::test {

/// A program on a terminal of its own, as a person would see and use it.
class PtyProcess
{
public:
    PtyProcess() = default;
    PtyProcess(const PtyProcess &) = delete;
    PtyProcess &operator=(const PtyProcess &) = delete;
    /// Kills it.
    ~PtyProcess();

    bool start(const QString &program, const QStringList &arguments, const QString &home);
    void type(QByteArrayView text);
    /// Waits until \a text (any case) has been shown after position \a from.
    bool waitForText(const QByteArray &text, int ms = 10'000, qsizetype from = 0);
    /// Everything shown so far, what was typed and echoed included.
    const QByteArray &screen() const { return m_screen; }
    /// Reads what has come. \return the exit code if it has ended, -1 if a signal has ended it.
    std::optional<int> poll();
    /// SIGTERM, and then the exit code; -1 when it does not end in time.
    int terminate(int ms = 10'000);

private:
    void readSome();

    Fd m_master;
    int m_pid = -1;
    QByteArray m_screen;
};

} // namespace frpx::test
