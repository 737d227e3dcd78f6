// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QHash>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>

#include <Frpx/tunnel.h>

namespace Frpx {

/// The local service of a tunnel whose connections the program handles itself: a loopback port that accepts
/// only connections with a greeting that this client alone knows. A PROXY header with the visitor's address
/// follows the greeting. Lives on the client's thread.
class HandlerService : public QObject
{
    Q_OBJECT

public:
    static constexpr qsizetype maxStrangers = 1024; ///< connections that have not sent the greeting yet

    explicit HandlerService(QObject *parent = nullptr);
    ~HandlerService() override;

    /// Listens. Errc::Io.
    frpx::Result<void> start();
    quint16 port() const { return m_server.serverPort(); }
    const QByteArray &greeting() const { return m_greeting; }

Q_SIGNALS:
    /// \a socket is a child of this object; its stream begins with the visitor's data.
    void visitorCame(QTcpSocket *socket, const Frpx::TunnelUser &user);

private:
    void onConnection();
    void onReadyRead(QTcpSocket *socket);
    void drop(QTcpSocket *socket);
    void sweep();

    const QByteArray m_greeting;
    QTcpServer m_server;
    QHash<QTcpSocket *, qint64> m_strangers; ///< children, with the deadline of each (steadyMs())
    QTimer m_sweeper; ///< runs only while m_strangers is not empty
};

} // namespace Frpx
