// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/connectrace.h"
#include "frpc/healthcheck.h"
#include "frpc/healthcounter.h"
#include "frpc/httpstatusreader.h"

#include <QObject>
#include <QTcpSocket>
#include <QTimer>

namespace frpx::client {

/// Looks after the local service: connects to it, or asks it a question in HTTP, every now and then, and
/// tells when it goes ill and when it is well again.
///
/// One check at a time, each with one deadline for everything and a bound on what is read. Lives on one
/// thread, which it never blocks. With HealthCheck::Kind::None it does nothing and the service is healthy.
class LocalHealth : public QObject
{
    Q_OBJECT

public:
    /// \a host and \a port are what the service is called in requests and reports.
    LocalHealth(HealthCheck check, QString host, quint16 port, QObject *parent = nullptr);
    ~LocalHealth() override;

    /// Checks at once and then at every interval, at \a target, which may have no address as long as none is
    /// known: such a check is a bad one.
    void start(const net::DialTarget &target);
    /// The service is found, and then checked at once, or has moved: the next check goes there.
    void setTarget(const net::DialTarget &target);
    /// Checks no more. What is known stays known; a check under way does not count.
    void stop();

    bool isHealthy() const { return m_counter.isHealthy(); }
    /// Why the last check was a bad one; empty while the service is healthy.
    const QString &detail() const { return m_detail; }

Q_SIGNALS:
    void healthChanged(bool healthy, const QString &detail);
    /// One check was a bad one; the state may have changed or not.
    void checkFailed(const QString &reason);

private:
    void check();
    void onReached();
    void onReadyRead();
    void onSocketError(QAbstractSocket::SocketError error);
    void onDeadline();
    void settle(const QString &failure);
    void dropSocket();
    QByteArray request() const;
    QString serviceName() const;
    QString requestName() const;

    const HealthCheck m_check;
    const QString m_host;
    const quint16 m_port;
    net::DialTarget m_target;
    HealthCounter m_counter;
    QString m_detail;
    std::unique_ptr<net::ConnectRace> m_race; ///< of the check under way
    QTcpSocket *m_socket = nullptr; ///< likewise, once it is connected; a child
    HttpStatusReader m_reader; ///< of the check under way
    QTimer m_interval; ///< runs from start() to stop()
    QTimer m_deadline; ///< of the check under way
};

} // namespace frpx::client
