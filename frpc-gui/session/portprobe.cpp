// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/session/portprobe.h"

#include <utility>

namespace frpx::gui {

PortProbe::PortProbe(QObject *parent)
    : QObject(parent)
    , m_socket(this)
    , m_timer(this)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { finish(tr("no answer")); });
    connect(&m_socket, &QTcpSocket::connected, this, [this] { finish({}); });
    connect(&m_socket, &QTcpSocket::errorOccurred, this, [this](QAbstractSocket::SocketError error) {
        switch (error) {
        case QAbstractSocket::ConnectionRefusedError:
            return finish(tr("nobody listens there"));
        case QAbstractSocket::HostNotFoundError:
            return finish(tr("the host name is unknown"));
        default:
            return finish(m_socket.errorString());
        }
    });
}

void PortProbe::start(const QString &host, quint16 port)
{
    m_isRunning = false; // what the last try still says is not heard
    m_socket.abort();
    m_isRunning = true;
    m_timer.start(timeoutMs);
    m_socket.connectToHost(host, port);
}

void PortProbe::finish(const QString &fault)
{
    if (!std::exchange(m_isRunning, false))
        return;
    m_timer.stop();
    m_socket.abort();
    Q_EMIT finished(fault);
}

} // namespace frpx::gui
