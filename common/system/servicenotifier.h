// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QObject>
#include <QProcessEnvironment>
#include <QTimer>

namespace frpx {

/// Tells the service manager how the program is: systemd's notification protocol (`Type=notify`, see
/// sd_notify(3)), which is one datagram to a local socket. Does nothing where nobody asks for it.
///
/// Lives on the control thread, whose life the watchdog is about: it is fed from there, so a thread that
/// hangs is noticed and the program started again. Sending never blocks; what cannot be sent is dropped.
class ServiceNotifier : public QObject
{
    Q_OBJECT

public:
    /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from \a environment.
    explicit ServiceNotifier(
        const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment(),
        QObject *parent = nullptr);

    bool isWanted() const { return !m_address.isEmpty(); }

    /// The program does its work now. Feeds the watchdog from here on.
    void ready(const QString &status);
    /// The configuration is being read again; ready() follows.
    void reloading();
    void stopping(const QString &status);
    /// One line for `systemctl status`.
    void setStatus(const QString &status);

    /// How often to feed a watchdog that bites after \a microseconds (text, as in WATCHDOG_USEC): at half of
    /// it, in milliseconds. 0: there is none.
    static int feedIntervalMs(const QString &microseconds);

private:
    void send(const QByteArray &state);

    QByteArray m_address; ///< path of the socket; a leading 0 byte: an abstract one
    QTimer m_feed;
};

} // namespace frpx
