// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/connectrace.h"
#include "frpc/healthcheck.h"
#include "frpc/healthcounter.h"
#include "frpc/hostquestion.h"
#include "frpc/httpstatusreader.h"

#include <QObject>
#include <QTcpSocket>
#include <QTimer>

namespace frpx::client {

/// Looks after the local service: connects to it, or asks it a question in HTTP, every now and then, and
/// tells when it goes ill and when it is well again.
///
/// After a good check in HTTP it may also ask for the name by which the service's users call it: see
/// HostQuestion. That is no check: a service that refuses the name is healthy, with a warning.
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
    /// The name and port that the service's users know, for the warning. Without it there is none.
    void setPublicName(const QString &host, quint16 port) { m_question.setPublicName(host, port); }
    /// The service is found, and then checked at once, or has moved: the next check goes there.
    void setTarget(const net::DialTarget &target);
    /// There is a reason to check before the interval is over: does so, unless a check is under way or there
    /// was such a reason earlyPauseMs ago. After start().
    void checkEarly();
    static constexpr int earlyPauseMs = 5000;
    /// Checks no more. What is known stays known; a check under way does not count.
    void stop();

    bool isHealthy() const { return m_counter.isHealthy(); }
    /// Why the last check was a bad one; empty while the service is healthy.
    const QString &detail() const { return m_detail; }
    /// What is not right with it although it is healthy; empty: nothing is known.
    const QString &warning() const { return m_question.warning(); }

Q_SIGNALS:
    void healthChanged(bool healthy, const QString &detail);
    /// One check was a bad one; the state may have changed or not.
    void checkFailed(const QString &reason);
    /// warning() is another one, and not for the reason that the health has changed.
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
    std::unique_ptr<net::ConnectRace> m_race; ///< of the check or question under way
    QTcpSocket *m_socket = nullptr; ///< likewise, once it is connected; a child
    bool m_isQuestion = false; ///< what is under way
    HttpStatusReader m_reader; ///< of the check under way
    QTimer m_interval; ///< runs from start() to stop()
    qint64 m_lastEarlyMs = -earlyPauseMs; ///< steadyMs() of the last early check
    QTimer m_deadline; ///< of the check under way
};

} // namespace frpx::client
