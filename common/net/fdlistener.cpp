// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/fdlistener.h"

#include "common/core/throttledlog.h"
#include "common/net/sockets.h"

#include <QNetworkProxy>

#include <cerrno>

#ifdef Q_OS_UNIX
#include <fcntl.h>
#endif

using namespace Qt::StringLiterals;

namespace frpx {

constexpr int listenBacklog = 4096;
constexpr int maxAcceptsPerTurn = 512; // then other events have their turn
constexpr int pauseMs = 100;
constexpr LogKind cannotAccept{lcNet};
constexpr QStringView keptForOthers = u"the descriptors that are left are kept for others";

FdListener::FdListener(Handler handler, QObject *parent)
    : QObject(parent)
    , m_handler(std::move(handler))
{
    m_own.setProxy(QNetworkProxy::NoProxy); // otherwise environment variables may forbid to listen
    m_own.setListenBacklogSize(listenBacklog);
    m_resume.setSingleShot(true);
    m_resume.setInterval(pauseMs);
    connect(&m_resume, &QTimer::timeout, this, &FdListener::endPause);
}

FdListener::~FdListener() = default;

Result<quint16> FdListener::listenOn(const QHostAddress &address, quint16 port)
{
    if (!m_server->listen(address, port)) {
        return Error{Errc::Io,
            u"Cannot listen on %1: %2"_s.arg(
                net::Endpoint{address, port}.toString(), m_server->errorString())};
    }
    acceptFor(m_own);
    return m_server->serverPort();
}

void FdListener::acceptFor(QTcpServer &server)
{
    m_server = &server;
    net::prepareStream(descriptor()); // accepted sockets inherit it
    if (m_server->serverAddress().isLoopback())
        net::setWithinMachine(descriptor()); // accepted sockets inherit it
    m_server->pauseAccepting();
    m_notifier = std::make_unique<QSocketNotifier>(m_server->socketDescriptor(), QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &FdListener::acceptSome);
}

void FdListener::close()
{
    m_resume.stop();
    if (m_notifier) {
        m_notifier->setEnabled(false);
        m_notifier.release()->deleteLater(); // it may be the sender
    }
    m_server->close();
}

void FdListener::hold()
{
    m_held = true;
    if (m_notifier)
        m_notifier->setEnabled(false);
}

void FdListener::resume()
{
    m_held = false;
    if (m_notifier && !m_resume.isActive()) // otherwise it waits for descriptors
        m_notifier->setEnabled(true);
}

void FdListener::acceptLastAndClose()
{
    m_held = false;
    // The queue and the turns are bounded: new connections may keep coming.
    for (int turn = 0; turn < listenBacklog / maxAcceptsPerTurn && m_notifier; ++turn)
        acceptSome();
    close();
}

void FdListener::acceptNext()
{
    if (m_notifier && !m_resume.isActive())
        acceptOne();
}

void FdListener::acceptSome()
{
    for (int i = 0; i < maxAcceptsPerTurn && m_notifier && !m_held; ++i) {
        if (!acceptOne())
            return;
    }
}

/// False: no connection waits, or there is no descriptor for one.
bool FdListener::acceptOne()
{
    UniqueFd fd = net::acceptFrom(static_cast<int>(m_server->socketDescriptor()));
    if (const int number = fd.get(); fd) {
        m_handler(std::move(fd)); // may close this object
        if (number < m_acceptBelow)
            return true;
        pause(keptForOthers.toString());
        return false;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return false;
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO)
        return true; // an error of a single connection
    pause(qt_error_string(errno));
    return false;
}

void FdListener::endPause()
{
#ifdef Q_OS_UNIX
    const UniqueFd lowestFree(::fcntl(descriptor(), F_DUPFD_CLOEXEC, 0));
    if (lowestFree && lowestFree.get() >= m_acceptBelow)
        return pause(keptForOthers.toString());
#endif
    m_notifier->setEnabled(!m_held);
}

void FdListener::pause(const QString &reason)
{
    if (!m_notifier)
        return;
    m_notifier->setEnabled(false);
    m_resume.start();
    const QString port = QString::number(m_server->serverPort());
    logThrottled(
        cannotAccept, u"Port %1 cannot accept (%2); new connections wait."_s.arg(port, reason), port);
}

} // namespace frpx
