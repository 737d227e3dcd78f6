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

/// The local service behind a tunnel that is handled inside the program: a port of this machine that only the
/// client itself finds its way to, because it alone knows the greeting. Behind that comes a PROXY header with
/// the user's address. Lives on the client's thread.
class HandlerService : public QObject
{
    Q_OBJECT

public:
    static constexpr qsizetype maxStrangers = 1024; ///< connections that have not shown the greeting yet

    explicit HandlerService(QObject *parent = nullptr);
    ~HandlerService() override;

    /// Listens. Errc::Io.
    frpx::Result<void> start();
    quint16 port() const { return m_server.serverPort(); }
    const QByteArray &greeting() const { return m_greeting; }

Q_SIGNALS:
    /// \a socket is a child of this object; its stream is the user's from here on.
    void userCame(QTcpSocket *socket, const Frpx::TunnelUser &user);

private:
    void onConnection();
    void onReadyRead(QTcpSocket *socket);
    void drop(QTcpSocket *socket);
    void sweep();

    const QByteArray m_greeting;
    QTcpServer m_server;
    QHash<QTcpSocket *, qint64> m_strangers; ///< children, and until when they are waited for (steadyMs())
    QTimer m_sweeper; ///< runs only while there are any
};

} // namespace Frpx
