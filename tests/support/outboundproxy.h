// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QStringList>
#include <QThread>

#include <mutex>

class QTcpServer;
class QTcpSocket;

namespace frpx::test {

/// A proxy as companies have one, on loopback, in a thread of its own: HTTP CONNECT and SOCKS5 on one port.
class OutboundProxy
{
public:
    /// To be set before start().
    QByteArray user; ///< with a password it asks for both
    QByteArray password;
    QByteArray
        denial; ///< the status line that every CONNECT gets, such as "403 Forbidden"; empty: it connects
    /// Every name leads here.
    QHostAddress everyName = QHostAddress(QHostAddress::LocalHost);

    OutboundProxy() = default;
    ~OutboundProxy();
    Q_DISABLE_COPY_MOVE(OutboundProxy)

    /// \return its port; 0 if it does not run.
    quint16 start();
    /// What it was asked for: "http my.server.org:17000" or "socks5 my.server.org:17000".
    QStringList asked() const;

private:
    void onConnection(QTcpSocket *socket);
    void onBytes(QTcpSocket *socket);
    bool onHttp(QTcpSocket *socket);
    bool onSocks(QTcpSocket *socket);
    void connectOn(
        QTcpSocket *socket, const QString &kind, const QString &host, quint16 port, const QByteArray &answer);

    QThread m_thread;
    QObject *m_context = nullptr; ///< lives in the thread, as all that follows from it
    mutable std::mutex m_mutex;
    QStringList m_asked; // guarded by m_mutex
};

} // namespace frpx::test
