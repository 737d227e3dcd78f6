// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/connectrace.h"
#include "frpc/health/healthcheck.h"
#include "frpc/health/healthcounter.h"
#include "frpc/health/hostquestion.h"
#include "frpc/health/httpstatusreader.h"

#include <QObject>
#include <QTcpSocket>
#include <QTimer>

namespace frpx::client {

/// Checks the local service at intervals by a connection or an HTTP request, and reports when it becomes
/// unhealthy and healthy.
///
/// After a good HTTP check it may also send a request for the public host name: see HostQuestion. That is no
/// check: a service that refuses the name is healthy, with a warning.
///
/// One check at a time, each with one deadline and a bound on the bytes that are read. Lives on one
/// thread and never blocks it. With HealthCheck::Kind::None it does nothing and the service is healthy.
class LocalHealth : public QObject
{
    Q_OBJECT

public:
    /// \a host and \a port name the service in requests and reports.
    LocalHealth(HealthCheck check, QString host, quint16 port, QObject *parent = nullptr);
    ~LocalHealth() override;

    /// Checks at once and then at every interval. \a target may have no address while none is known: such a
    /// check fails.
    void start(const net::DialTarget &target);
    /// The public name and port of the service, for the warning. Without it there is no warning.
    void setPublicName(const QString &host, quint16 port) { m_question.setPublicName(host, port); }
    /// The address of the service is known, which starts a check at once, or has changed: the next check uses
    /// it.
    void setTarget(const net::DialTarget &target);
    /// Checks before the interval is over; ignored while a check is under way or if the last early check was
    /// less than earlyPauseMs ago. After start().
    void checkEarly();
    static constexpr int earlyPauseMs = 5000;
    /// Stops the checks. The state stays; a check under way does not count.
    void stop();

    bool isHealthy() const { return m_counter.isHealthy(); }
    /// Why the last check failed; empty while the service is healthy.
    const QString &detail() const { return m_detail; }
    /// What is wrong with the service although it is healthy; empty: nothing is known.
    const QString &warning() const { return m_question.warning(); }

Q_SIGNALS:
    void healthChanged(bool healthy, const QString &detail);
    /// A check has failed; the state may have changed or not.
    void checkFailed(const QString &reason);
    /// warning() has changed, and not because the state has changed.
    void warningChanged(const QString &warning);

private:
    void check();
    void askForPublicName();
    void connectToService();
    void onReached();
    void onReadyRead();
    void onSocketError(QAbstractSocket::SocketError error);
    void onDeadline();
    void settle(const QString &failure);
    void settleQuestion(std::optional<int> status);
    bool isGood(int status) const { return status >= m_check.minStatus && status <= m_check.maxStatus; }
    void dropSocket();
    QByteArray request() const;
    QString serviceName() const;
    QString requestName() const;

    const HealthCheck m_check;
    const QString m_host;
    const quint16 m_port;
    net::DialTarget m_target;
    HealthCounter m_counter;
    HostQuestion m_question;
    QString m_detail;
    std::unique_ptr<net::ConnectRace> m_race; ///< of the current check or request
    QTcpSocket *m_socket = nullptr; ///< of the current check or request once it is connected; a child
    bool m_isQuestion = false; ///< the current action is a request for the public name
    HttpStatusReader m_reader; ///< of the current check
    QTimer m_interval; ///< runs from start() to stop()
    qint64 m_lastEarlyMs = -earlyPauseMs; ///< steadyMs() of the last early check
    QTimer m_deadline; ///< of the current check
};

} // namespace frpx::client
