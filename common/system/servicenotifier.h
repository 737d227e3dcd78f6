// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QObject>
#include <QProcessEnvironment>
#include <QTimer>

namespace frpx {

/// Reports the state of the program to the service manager by systemd's notification protocol (`Type=notify`,
/// see sd_notify(3)), which is one datagram to a local socket. Does nothing without such a service manager.
///
/// Lives on the control thread and feeds the watchdog from there, so that the program is restarted when that
/// thread hangs. Sending never blocks; a datagram that cannot be sent is dropped.
class ServiceNotifier : public QObject
{
    Q_OBJECT

public:
    /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from \a environment.
    explicit ServiceNotifier(
        const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment(),
        QObject *parent = nullptr);

    bool isWanted() const { return !m_address.isEmpty(); }

    /// The program has started. Feeds the watchdog from here on.
    void ready(const QString &status);
    /// The configuration is read again; ready() follows.
    void reloading();
    void stopping(const QString &status);
    /// One line for `systemctl status`.
    void setStatus(const QString &status);

    /// The interval for a watchdog with a time-out of \a microseconds (text, as in WATCHDOG_USEC): half of
    /// it, in milliseconds. 0: there is no watchdog.
    static int feedIntervalMs(const QString &microseconds);

private:
    void send(const QByteArray &state);

    QByteArray m_address; ///< path of the socket; a leading 0 byte: an abstract one
    QTimer m_feed;
};

} // namespace frpx
