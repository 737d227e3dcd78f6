// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/httplistener.h"

#include "common/core/throttledlog.h"
#include "common/net/ipaddress.h"
#include "frps/api/apirequest.h"
#include "frps/api/httpsocket.h"

#include <QHash>
#include <QNetworkProxy>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#ifdef Q_OS_WIN
#include <winsock2.h>
#else
#include <sys/socket.h>
#include <unistd.h>
#endif

using namespace std::chrono_literals;
using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind cannotAdopt{lcApi};
constexpr int backlog = 256;
constexpr qsizetype maxRefused = 64; ///< beyond it a connection is closed without an answer

void closeDescriptor(qintptr descriptor)
{
#ifdef Q_OS_WIN
    ::closesocket(static_cast<SOCKET>(descriptor));
#else
    ::close(static_cast<int>(descriptor));
#endif
}

/// Limits the receive buffer of connections accepted on \a descriptor. For a peer that sends a lot, the
/// kernel would grow it to megabytes, which also take time to free; no request needs them.
void boundReceiveBuffer([[maybe_unused]] qintptr descriptor)
{
#ifdef Q_OS_UNIX
    const int bytes = 64 * 1024;
    ::setsockopt(static_cast<int>(descriptor), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
#endif
}

} // namespace

HttpListener::HttpListener(const HttpLimits &limits, ApiClock clock, ApiRecognition isKnown, QObject *parent)
    : QTcpServer(parent)
    , m_limits(limits)
    , m_clock(std::move(clock))
    , m_isKnown(std::move(isKnown))
    , m_unknownRate(limits.unknownBurst, limits.unknownPerSecond, limits.unknownWait)
    , m_turns([this] {
        m_acceptor.resume();
        m_acceptor.acceptNext(); // holds it again if one has come
    })
    , m_acceptor([this](UniqueFd fd) { incomingConnection(fd.release()); })
{
    setProxy(QNetworkProxy::NoProxy); // else environment variables for a proxy may make listen() fail
    setListenBacklogSize(backlog);
    setMaxPendingConnections(std::max(limits.connections, 1));
    const auto shortest = std::min({limits.requestTime, limits.idleTime, limits.lingerTime});
    m_sweeper.setInterval(std::clamp<std::chrono::milliseconds>(shortest / 4, 10ms, 1s));
    m_sweeper.setTimerType(Qt::CoarseTimer);
    QObject::connect(&m_sweeper, &QTimer::timeout, this, &HttpListener::onSweep);
}

bool HttpListener::listenOn(const QHostAddress &address, quint16 port)
{
    if (!listen(address, port))
        return false;
    m_acceptor.acceptFor(*this);
    boundReceiveBuffer(socketDescriptor());
    return true;
}

void HttpListener::incomingConnection(qintptr descriptor)
{
    m_turns.charge([this, descriptor] { serve(descriptor); });
    m_acceptor.hold(); // until there is time for the next connection
    m_turns.wantAccept();
}

void HttpListener::serve(qintptr descriptor)
{
    const bool full = m_serving.size() >= m_limits.connections && !makeRoom();
    if (full && m_refused.size() >= maxRefused) {
        closeDescriptor(descriptor);
        return;
    }
    auto socket = std::make_unique<HttpSocket>(m_limits, m_clock, m_tls, this);
    if (!socket->adopt(descriptor)) {
        logThrottled(cannotAdopt, u"Could not use an accepted connection: "_s + socket->errorString());
        closeDescriptor(descriptor);
        return;
    }
    HttpSocket *const adopted = socket.release(); // a child of this object, until QHttpServer deletes it
    (full ? m_refused : m_serving).insert(adopted);
    QObject::connect(adopted, &HttpSocket::turnWanted, this,
        [this, adopted, source = net::sourceKey(adopted->peerAddress())](
            std::chrono::nanoseconds wait) { m_turns.add(adopted, source, wait); });
    if (m_isKnown)
        adopted->setAdmission([this, adopted](const RequestHead &head) { return admit(*adopted, head); });
    QObject::connect(adopted, &HttpSocket::closed, this, [this, adopted] {
        forget(adopted);
        adopted->deleteLater();
    });
    QObject::connect(adopted, &QObject::destroyed, this, [this, adopted] { forget(adopted); });
    QObject::connect(adopted, &HttpSocket::requestTaken, this, [this, adopted] { m_answering = adopted; });
    QObject::connect(adopted, &HttpSocket::requestGiven, this, [this] { m_answering = nullptr; });
    if (!m_sweeper.isActive())
        m_sweeper.start();

    if (full)
        adopted->refuse(503, u"Too many connections; try again later"_s);
    else
        addPendingConnection(adopted);
}

/// How long a request with \a head must wait; nullopt: it is refused.
std::optional<std::chrono::nanoseconds> HttpListener::admit(const HttpSocket &socket, const RequestHead &head)
{
    ApiRequest request{head.method, head.target.split('?').first(), {}, {}};
    request.authorization = head.field("authorization");
    request.peerIsLoopback = net::plainAddress(socket.peerAddress()).isLoopback();
    if (m_isKnown(request))
        return 0ns;
    return m_unknownRate.reserve(net::sourceKey(socket.peerAddress()), std::chrono::steady_clock::now());
}

/// Of the connections that wait for their peer (to send a request or to read an answer), closes the longest
/// idle one of the address that has the most. False if there is none.
bool HttpListener::makeRoom()
{
    struct Source
    {
        int idle = 0;
        HttpSocket *longest = nullptr; ///< idle for the longest time
    };
    QHash<net::SourceKey, Source> sources;
    for (HttpSocket *socket : std::as_const(m_serving)) {
        if (!socket->waitsForPeer())
            continue;
        Source &source = sources[net::sourceKey(socket->peerAddress())];
        ++source.idle;
        if (!source.longest || socket->deadline() < source.longest->deadline())
            source.longest = socket;
    }
    const auto busiest =
        std::max_element(sources.begin(), sources.end(), [](const Source &one, const Source &other) {
            return one.idle != other.idle ? one.idle < other.idle
                                          : one.longest->deadline() > other.longest->deadline();
        });
    if (busiest == sources.end())
        return false;
    busiest->longest->giveWay(); // removed from m_serving at once, deleted by the event loop
    return true;
}

void HttpListener::onSweep()
{
    const auto now = std::chrono::steady_clock::now();
    std::vector<HttpSocket *> expired;
    for (const QSet<HttpSocket *> &sockets : {m_serving, m_refused}) {
        std::copy_if(sockets.begin(), sockets.end(), std::back_inserter(expired),
            [now](const HttpSocket *socket) { return socket->deadline() <= now; });
    }
    for (HttpSocket *socket : expired)
        socket->expire(); // deletes nothing before control returns to the event loop
    m_unknownRate.forgetOld(now);
    if (m_serving.isEmpty() && m_refused.isEmpty())
        m_sweeper.stop();
}

void HttpListener::forget(HttpSocket *socket)
{
    m_serving.remove(socket);
    m_refused.remove(socket);
    m_turns.remove(socket);
    if (m_answering == socket)
        m_answering = nullptr;
}

} // namespace frpx::server
