// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/health/localhealth.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/protocol/frpx/messages.h"

using namespace Qt::StringLiterals;

namespace frpx::client {

constexpr int intervalsUntilAskedAgain = 6; // for the public name, while the service refuses it

LocalHealth::LocalHealth(HealthCheck check, QString host, quint16 port, QObject *parent)
    : QObject(parent)
    , m_check(std::move(check))
    , m_host(std::move(host))
    , m_port(port)
    , m_counter(m_check.rise, m_check.fall)
    , m_question(qint64(m_check.intervalMs) * intervalsUntilAskedAgain)
{
    const int interval = std::max(m_check.intervalMs, 1);
    m_interval.setInterval(interval);
    m_deadline.setSingleShot(true);
    m_deadline.setInterval(m_check.timeoutMs < interval ? m_check.timeoutMs : interval * 9 / 10);
    connect(&m_interval, &QTimer::timeout, this, &LocalHealth::check);
    connect(&m_deadline, &QTimer::timeout, this, &LocalHealth::onDeadline);
}

LocalHealth::~LocalHealth()
{
    dropSocket();
}

void LocalHealth::start(const net::DialTarget &target)
{
    if (m_check.kind == HealthCheck::Kind::None)
        return;
    stop();
    m_target = target;
    m_question.begin();
    m_interval.start();
    check();
}

void LocalHealth::setTarget(const net::DialTarget &target)
{
    const bool first = !m_target.isKnown() && m_interval.isActive();
    m_target = target;
    if (first) // not for every change: a failed check looks the name up, which may change it again
        check();
}

void LocalHealth::checkEarly()
{
    const qint64 now = steadyMs();
    const bool isChecking = (m_race || m_socket) && !m_isQuestion;
    if (!m_interval.isActive() || isChecking || now - m_lastEarlyMs < earlyPauseMs)
        return;
    m_lastEarlyMs = now;
    check();
}

void LocalHealth::stop()
{
    m_interval.stop();
    dropSocket();
}

void LocalHealth::check()
{
    if (m_isQuestion)
        settleQuestion({}); // the check has precedence
    if (m_race || m_socket)
        return; // the event loop was delayed: this check may have an answer that is not read yet
    if (!m_target.isKnown())
        return settle(u"the address of %1 is not known"_s.arg(serviceName()));
    connectToService();
}

void LocalHealth::askForPublicName()
{
    m_isQuestion = true;
    connectToService();
}

void LocalHealth::connectToService()
{
    m_reader = {};
    m_race = std::make_unique<net::ConnectRace>();
    connect(m_race.get(), &net::ConnectRace::connected, this, &LocalHealth::onReached);
    connect(m_race.get(), &net::ConnectRace::failed, this, [this](const Error &error) {
        settle(net::isRefused(error) ? u"%1 refused the connection"_s.arg(serviceName())
                                     : u"%1: %2"_s.arg(serviceName(), error.detail));
    });
    m_deadline.start();
    m_race->start(m_target);
}

void LocalHealth::onReached()
{
    if (m_check.kind == HealthCheck::Kind::Tcp)
        return settle({});
    UniqueFd fd = m_race->takeFd();
    m_socket = new QTcpSocket(this);
    m_socket->setReadBufferSize(HttpStatusReader::maxBytes);
    connect(m_socket, &QTcpSocket::readyRead, this, &LocalHealth::onReadyRead);
    connect(m_socket, &QTcpSocket::errorOccurred, this, &LocalHealth::onSocketError);
    if (!m_socket->setSocketDescriptor(fd.get()))
        return settle(u"%1: the connection has ended"_s.arg(serviceName()));
    fd.release(); // the socket owns it now
    m_socket->write(request());
}

void LocalHealth::onReadyRead()
{
    const std::optional<Result<int>> status = m_reader.append(m_socket->read(HttpStatusReader::maxBytes));
    if (!status)
        return;
    if (!*status)
        return settle(u"%1: %2"_s.arg(requestName(), status->error().detail));
    const int code = **status;
    if (m_isQuestion)
        return settleQuestion(code);
    settle(isGood(code) ? QString() : u"%1 answered %2"_s.arg(requestName()).arg(code));
}

void LocalHealth::onSocketError(QAbstractSocket::SocketError error)
{
    switch (error) {
    case QAbstractSocket::RemoteHostClosedError:
        return settle(u"%1: the connection ended without an answer"_s.arg(requestName()));
    default:
        return settle(u"%1: %2"_s.arg(serviceName(), m_socket->errorString()));
    }
}

void LocalHealth::onDeadline()
{
    const bool connected = m_socket != nullptr;
    const QString seconds = QString::number(m_deadline.interval() / 1000.0);
    settle(connected ? u"%1 was not answered within %2 s"_s.arg(requestName(), seconds)
                     : u"%1 did not accept the connection within %2 s"_s.arg(serviceName(), seconds));
}

/// Ends the check; an empty \a failure means that it was good.
void LocalHealth::settle(const QString &failure)
{
    if (m_isQuestion)
        return settleQuestion({});
    dropSocket();
    const bool good = failure.isEmpty();
    const QString reason = logSafe(failure, proto::maxTextLength - 1); // room for the mark of a cut
    qCDebug(lcClient).noquote() << "Checked the local service:" << (good ? u"healthy"_s : reason);
    const bool changed = m_counter.add(good);
    const bool healthy = m_counter.isHealthy();
    if (healthy)
        m_detail.clear();
    else if (!good)
        m_detail = reason;
    if (changed && healthy)
        qCInfo(lcClient) << "The local service is healthy again.";
    else if (changed)
        qCWarning(lcClient).noquote() << "The local service is unhealthy:" << reason;
    if (changed && healthy)
        m_question.begin();
    else if (changed)
        m_question.clear();
    if (good && healthy && m_check.kind == HealthCheck::Kind::Http && m_question.isDue(steadyMs()))
        askForPublicName();
    if (!good)
        Q_EMIT checkFailed(reason);
    if (changed)
        Q_EMIT healthChanged(healthy, healthy ? QString() : reason);
}

/// Ends the request for the public name; without a \a status there was no answer.
void LocalHealth::settleQuestion(std::optional<int> status)
{
    dropSocket();
    if (!m_question.settle(status, status && isGood(*status), steadyMs()))
        return;
    if (!m_question.warning().isEmpty())
        qCWarning(lcClient).noquote() << m_question.warning();
    else
        qCInfo(lcClient) << "The local service accepts requests for the server's public name now.";
    Q_EMIT warningChanged(m_question.warning());
}

void LocalHealth::dropSocket()
{
    m_deadline.stop();
    m_isQuestion = false;
    if (m_race) {
        m_race->disconnect(this);
        m_race->abort();
        m_race.release()->deleteLater(); // it may be the sender
    }
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_socket->abort();
    m_socket->deleteLater();
    m_socket = nullptr;
}

QByteArray LocalHealth::request() const
{
    const QString own = m_target.unixPath.isEmpty() ? authority(m_host, m_port) : u"localhost"_s;
    return "GET " + m_check.path
        + " HTTP/1.1\r\nHost: " + (m_isQuestion ? m_question.field() : own.toLatin1())
        + "\r\nUser-Agent: frpc/" FRPX_VERSION "\r\nAccept: */*\r\nConnection: close\r\n\r\n";
}

QString LocalHealth::serviceName() const
{
    return m_target.unixPath.isEmpty() ? authority(m_host, m_port) : m_host;
}

/// Without the query, which may contain a key.
QString LocalHealth::requestName() const
{
    return u"GET "_s + QString::fromLatin1(m_check.path).section(u'?', 0, 0);
}

} // namespace frpx::client
