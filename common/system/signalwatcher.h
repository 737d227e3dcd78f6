// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QObject>

#include <memory>

namespace frpx {

/// Reports requests of the system to end this process (Ctrl+C, kill, a closing console) in the event loop. At
/// most one object exists at a time; its destructor restores the previous handlers.
class SignalWatcher : public QObject
{
    Q_OBJECT

public:
    enum class HangUp {
        Leave, ///< SIGHUP is not handled
        Reload, ///< SIGHUP requests to read the configuration again
    };

    explicit SignalWatcher(HangUp hangUp = HangUp::Leave, QObject *parent = nullptr);
    ~SignalWatcher() override;

    /// From then on, writing to a connection that the peer has closed is an error (EPIPE) and does not end
    /// the process. Call first thing in main().
    static void ignoreBrokenPipes();

Q_SIGNALS:
    /// Once per signal: SIGINT or SIGTERM.
    void terminationRequested(int signalNumber);
    /// SIGHUP was received; only with HangUp::Reload, never on Windows.
    void reloadRequested();

private:
    void onSignalsWaiting();

    struct Platform; // defined in the .cpp file of each operating system
    std::unique_ptr<Platform> m_platform;
};

} // namespace frpx
