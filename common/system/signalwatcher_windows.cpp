// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/signalwatcher.h"

#include "common/core/logging.h"

#include <QMutex>
#include <QMutexLocker>

#include <csignal>

#include <windows.h>

namespace frpx {

namespace {

// The console calls the handler on a thread of its own.
QBasicMutex watcherMutex;
SignalWatcher *currentWatcher = nullptr;

BOOL WINAPI onConsoleEvent(DWORD event)
{
    const bool closing =
        event == CTRL_CLOSE_EVENT || event == CTRL_LOGOFF_EVENT || event == CTRL_SHUTDOWN_EVENT;
    if (!closing && event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        return FALSE;
    {
        const QMutexLocker lock(&watcherMutex);
        if (!currentWatcher)
            return FALSE;
        SignalWatcher *const watcher = currentWatcher;
        const int number = closing ? SIGTERM : SIGINT;
        QMetaObject::invokeMethod(
            watcher, [watcher, number] { Q_EMIT watcher->terminationRequested(number); },
            Qt::QueuedConnection);
    }
    // Returning ends the process when the console closes; until then main() has time to end it in order.
    // Windows waits five seconds at most.
    if (closing)
        ::Sleep(10000);
    return TRUE;
}

} // namespace

struct SignalWatcher::Platform
{ };

SignalWatcher::SignalWatcher(HangUp, QObject *parent)
    : QObject(parent)
{
    const QMutexLocker lock(&watcherMutex);
    Q_ASSERT(!currentWatcher);
    currentWatcher = this;
    if (!::SetConsoleCtrlHandler(onConsoleEvent, TRUE))
        qCCritical(lcSystem, "The console events cannot be watched; Ctrl+C will end the process at once.");
}

SignalWatcher::~SignalWatcher()
{
    ::SetConsoleCtrlHandler(onConsoleEvent, FALSE);
    const QMutexLocker lock(&watcherMutex);
    currentWatcher = nullptr;
}

void SignalWatcher::ignoreBrokenPipes()
{
    // There is no such signal on Windows.
}

void SignalWatcher::onSignalsWaiting()
{
    // The console's thread queues the signal itself.
}

} // namespace frpx
