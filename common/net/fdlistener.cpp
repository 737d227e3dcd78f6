// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/net/fdlistener.h"

#include "common/core/logging.h"
#include "common/net/sockets.h"

#include <QDateTime>

using namespace Qt::StringLiterals;

namespace frpx {

constexpr int listenBacklog = 4096;
constexpr int pauseMs = 100;
constexpr qint64 complaintIntervalMs = 1000;

FdListener::FdListener(Handler handler, QObject *parent)
    : QTcpServer(parent)
    , m_handler(std::move(handler))
{
    setListenBacklogSize(listenBacklog);
    m_resume.setSingleShot(true);
    m_resume.setInterval(pauseMs);
    connect(&m_resume, &QTimer::timeout, this, &FdListener::resumeAccepting);
    connect(this, &QTcpServer::acceptError, this, &FdListener::onAcceptError);
}

Result<quint16> FdListener::listenOn(const QHostAddress &address, quint16 port)
{
    if (!listen(address, port)) {
        return Error{Errc::Io,
            u"Cannot listen on %1: %2"_s.arg(net::Endpoint{address, port}.toString(), errorString())};
    }
    net::prepareStream(static_cast<int>(socketDescriptor())); // inherited by what it accepts
    return serverPort();
}

void FdListener::incomingConnection(qintptr descriptor)
{
    UniqueFd fd(descriptor);
    net::setNonBlocking(fd.get());
    m_handler(std::move(fd));
}

void FdListener::onAcceptError()
{
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    if (now - m_lastComplaintMs >= complaintIntervalMs) {
        m_lastComplaintMs = now;
        qCWarning(lcNet).noquote()
            << u"Port %1 cannot accept (%2); new connections wait."_s.arg(serverPort()).arg(errorString());
    }
    m_resume.start(); // Qt has paused accepting
}

} // namespace frpx
