// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/cli/monitorcommand.h"

#include "common/tls/sslsettings.h"
#include "frps/cli/monitortable.h"

#include <QNetworkProxy>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QSslCertificate>

#include <cstdio>
#include <utility>

#ifdef Q_OS_WIN
#include <io.h>
#else
#include <unistd.h>
#endif

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

MonitorCommand::Printer printerTo(FILE *stream)
{
    return [stream](const QString &text) {
        const QByteArray bytes = text.toLocal8Bit();
        std::fwrite(bytes.constData(), 1, static_cast<size_t>(bytes.size()), stream);
        std::fflush(stream);
    };
}

QUrl clientsUrl(QUrl server)
{
    server.setPath(u"/api/clients"_s);
    return server;
}

} // namespace

MonitorCommand::MonitorCommand(const QUrl &server, Options options, QObject *parent)
    : QObject(parent)
    , m_url(clientsUrl(server))
    , m_options(std::move(options))
{
    if (!m_options.print)
        m_options.print = printerTo(stdout);
    if (!m_options.printError)
        m_options.printError = printerTo(stderr);
    m_network.setProxy(QNetworkProxy::NoProxy);
    m_timeLimit.setSingleShot(true);
    m_next.setSingleShot(true);
    QObject::connect(&m_timeLimit, &QTimer::timeout, this, [this] { abandon(u"no answer in time"_s); });
    QObject::connect(&m_next, &QTimer::timeout, this, &MonitorCommand::ask);
}

MonitorCommand::~MonitorCommand()
{
    if (m_reply)
        m_reply->disconnect(this); // a child of m_network, which aborts it
}

bool MonitorCommand::standardOutputIsTerminal()
{
#ifdef Q_OS_WIN
    return ::_isatty(::_fileno(stdout)) != 0;
#else
    return ::isatty(STDOUT_FILENO) != 0;
#endif
}

void MonitorCommand::start()
{
    // From the event loop, so that finished() is not emitted before the caller connects to it.
    m_next.start(0);
}

void MonitorCommand::ask()
{
    m_answer.clear();
    QNetworkRequest request(m_url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    if (m_options.certificate)
        // No certificate is trusted: onSslErrors() decides.
        request.setSslConfiguration(clientSslConfiguration());
    if (!m_options.token.isEmpty())
        request.setRawHeader("Authorization"_ba, "Bearer "_ba + m_options.token.toLatin1());
    m_reply = m_network.get(request);
    QObject::connect(m_reply, &QNetworkReply::sslErrors, this, &MonitorCommand::onSslErrors);
    m_reply->setReadBufferSize(qint64(64) * 1024);
    QObject::connect(m_reply, &QNetworkReply::readyRead, this, &MonitorCommand::onReadyRead);
    QObject::connect(m_reply, &QNetworkReply::finished, this, &MonitorCommand::onFinished);
    m_timeLimit.start(m_options.timeLimit);
}

void MonitorCommand::onSslErrors()
{
    const QSslCertificate shown = m_reply->sslConfiguration().peerCertificate();
    if (m_options.certificate && Fingerprint::ofDer(shown.toDer()) == *m_options.certificate)
        m_reply->ignoreSslErrors();
}

void MonitorCommand::onReadyRead()
{
    m_answer += m_reply->readAll();
    if (m_answer.size() > m_options.maxAnswer)
        abandon(u"the answer is too large"_s);
}

void MonitorCommand::onFinished()
{
    m_timeLimit.stop();
    QNetworkReply *const reply = std::exchange(m_reply, nullptr);
    reply->deleteLater();
    m_answer += reply->readAll();
    // If the server answered with a failure status, its own message explains more than Qt's text for that
    // status.
    const bool linkFailed =
        reply->error() != QNetworkReply::NoError && reply->error() < QNetworkReply::ContentAccessDenied;
    if (linkFailed) {
        fail(reply->errorString());
        return;
    }
    const Result<std::vector<MonitorRow>> rows = parseMonitorRows(m_answer);
    m_answer.clear();
    if (!rows) {
        fail(rows.error().detail);
        return;
    }
    m_answeredBefore = true;
    // Cursor home, then clear to the end, so that a refresh does not scroll.
    const QString clear = m_options.watch && m_options.clearScreen ? u"\x1b[H\x1b[J"_s : QString();
    m_options.print(clear + formatMonitorTable(*rows));
    if (m_options.watch)
        m_next.start(m_options.interval);
    else
        Q_EMIT finished(0);
}

void MonitorCommand::abandon(const QString &reason)
{
    m_timeLimit.stop();
    QNetworkReply *const reply = std::exchange(m_reply, nullptr);
    reply->disconnect(this);
    reply->abort();
    reply->deleteLater();
    fail(reason);
}

void MonitorCommand::fail(const QString &reason)
{
    m_options.printError(u"frps: cannot read the clients from %1: %2\n"_s.arg(m_url.toString(), reason));
    if (m_options.watch && m_answeredBefore)
        m_next.start(m_options.interval);
    else
        Q_EMIT finished(1);
}

} // namespace frpx::server
