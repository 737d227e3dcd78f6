// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QObject>

#include <memory>

namespace frpx {

/// Brings the system's wish that this process ends (Ctrl+C, kill, a closing console) into the event loop.
/// At most one exists at a time. The handlers of before come back when it is destroyed.
class SignalWatcher : public QObject
{
    Q_OBJECT

public:
    enum class HangUp {
        Leave, ///< SIGHUP does what it did
        Reload, ///< SIGHUP asks to read the configuration again
    };

    explicit SignalWatcher(HangUp hangUp = HangUp::Leave, QObject *parent = nullptr);
    ~SignalWatcher() override;

    /// Writing to a connection that the peer has closed is then an error (EPIPE), no longer the end of the
    /// process. Call first thing in main().
    static void ignoreBrokenPipes();

Q_SIGNALS:
    /// Once per signal: SIGINT or SIGTERM.
    void terminationRequested(int signalNumber);
    /// SIGHUP came; only with HangUp::Reload, never on Windows.
    void reloadRequested();

private:
    void onSignalsWaiting();

    struct Platform; // what the operating system needs, known to the .cpp file of that system
    std::unique_ptr<Platform> m_platform;
};

} // namespace frpx
