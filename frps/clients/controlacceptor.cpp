// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/controlacceptor.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"

#include <QSslCipher>
#include <QSslSocket>

#include <cerrno>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr qint64 readBufferSize = qint64(16) * 1024; // as a control link has

constexpr LogKind handshakeFailed{lcControl};
constexpr LogKind linkRefused{lcControl};

} // namespace

ControlAcceptor::ControlAcceptor(Handler handler, Gone gone, QObject *parent)
    : QObject(parent)
    , m_handler(std::move(handler))
    , m_gone(std::move(gone))
{ }

ControlAcceptor::~ControlAcceptor() = default;

void ControlAcceptor::setTls(const QSslConfiguration &tls, PlainPolicy plain)
{
    m_tls = tls;
    m_hasTls = true;
    m_plain = plain;
}

void ControlAcceptor::take(quint64 id, UniqueFd fd, qint64 nowMs)
{
    if (!m_hasTls)
        return m_handler({id, std::move(fd), {}, nowMs, {}});
    Incoming incoming;
    incoming.peer = net::peerOf(fd.get());
    incoming.acceptedAtMs = nowMs;
    incoming.notifier = std::make_unique<QSocketNotifier>(fd.get(), QSocketNotifier::Read);
    connect(incoming.notifier.get(), &QSocketNotifier::activated, this, [this, id] { look(id); });
    incoming.fd = std::move(fd);
    m_incoming.emplace(id, std::move(incoming));
}

void ControlAcceptor::look(quint64 id)
{
    const auto it = m_incoming.find(id);
    if (it == m_incoming.end() || !it->second.fd)
        return;
    char first = 0;
    const ssize_t count = ::recv(it->second.fd.get(), &first, 1, MSG_PEEK);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (count <= 0) {
        qCDebug(lcControl).noquote() << "A control connection from" << it->second.peer.toString()
                                     << "closed without sending anything";
        return discard(it);
    }
    // This may run in a slot of the notifier's own signal.
    it->second.notifier->setEnabled(false);
    it->second.notifier.release()->deleteLater();
    if (first != tlsFirstByte)
        return admitPlain(it);
    m_queue.join(id, net::sourceKey(it->second.peer.address));
    startHandshakes();
}

void ControlAcceptor::startHandshakes()
{
    while (const std::optional<quint64> id = m_queue.next(steadyMs())) {
        if (const auto it = m_incoming.find(*id); it != m_incoming.end())
            startHandshake(it);
    }
}

void ControlAcceptor::admitPlain(IncomingMap::iterator it)
{
    const quint64 id = it->first;
    Incoming incoming = std::move(it->second);
    m_incoming.erase(it);
    Arrival arrival{id, std::move(incoming.fd), {}, incoming.acceptedAtMs, {}};
    if (!mayBePlain(m_plain, incoming.peer.address)) {
        logThrottled(linkRefused,
            u"A control connection from %1 is refused: it is not encrypted."_s.arg(incoming.peer.toString()));
        arrival.refusal = u"This server wants an encrypted connection: use a client with TLS."_s;
    }
    m_handler(std::move(arrival));
}

void ControlAcceptor::startHandshake(IncomingMap::iterator it)
{
    auto socket = std::make_unique<QSslSocket>();
    socket->setReadBufferSize(readBufferSize);
    if (!socket->setSocketDescriptor(it->second.fd.get()))
        return discard(it);
    it->second.fd.release(); // the socket closes it from now on
    socket->setSslConfiguration(m_tls);
    const quint64 id = it->first;
    QSslSocket *raw = socket.get();
    it->second.socket = std::move(socket);
    // A missing or wrong certificate of the client is answered by a message that the client can show.
    connect(raw, &QSslSocket::sslErrors, raw, qOverload<>(&QSslSocket::ignoreSslErrors));
    // Queued: the socket must not be moved or deleted in its own signal.
    connect(
        raw, &QSslSocket::encrypted, this, [this, id] { onEncrypted(id); }, Qt::QueuedConnection);
    connect(
        raw, &QSslSocket::errorOccurred, this, [this, id] { onHandshakeFailed(id); }, Qt::QueuedConnection);
    raw->startServerEncryption();
}

void ControlAcceptor::onEncrypted(quint64 id)
{
    const auto it = m_incoming.find(id);
    if (it == m_incoming.end())
        return;
    Incoming incoming = std::move(it->second);
    m_incoming.erase(it);
    auto *socket = qobject_cast<QSslSocket *>(incoming.socket.get());
    socket->disconnect(this);
    qCDebug(lcControl).noquote() << incoming.peer.toString() << "uses" << socket->sessionProtocol()
                                 << socket->sessionCipher().name();
    Arrival arrival{id, {}, {}, incoming.acceptedAtMs, {}};
    const QList<QSslError> errors = socket->sslHandshakeErrors();
    if (!errors.isEmpty()) {
        logThrottled(linkRefused,
            u"A control connection from %1 is refused, for its certificate: %2"_s.arg(
                incoming.peer.toString(), errors.first().errorString()));
        arrival.refusal = u"This server requires a client certificate that its CA has signed."_s;
    }
    arrival.encrypted = std::move(incoming.socket);
    m_handler(std::move(arrival));
}

void ControlAcceptor::onHandshakeFailed(quint64 id)
{
    const auto it = m_incoming.find(id);
    if (it == m_incoming.end())
        return;
    logThrottled(handshakeFailed,
        u"A TLS handshake with %1 failed: %2"_s.arg(
            it->second.peer.toString(), logSafe(it->second.socket->errorString(), 256)));
    discard(it);
    startHandshakes();
}

void ControlAcceptor::settled(quint64 id)
{
    m_queue.leave(id);
    startHandshakes();
}

std::vector<quint64> ControlAcceptor::sweep(qint64 nowMs, qint64 timeoutMs)
{
    while (!m_incoming.empty() && nowMs - m_incoming.begin()->second.acceptedAtMs >= timeoutMs) {
        const Incoming &incoming = m_incoming.begin()->second;
        logThrottled(handshakeFailed,
            (incoming.socket ? u"A TLS handshake with %1 took too long."_s
                    : incoming.notifier
                    ? u"A control connection from %1 sent nothing in time."_s
                    : u"A TLS handshake with %1 did not begin in time: too many others are under way."_s)
                .arg(incoming.peer.toString()));
        discard(m_incoming.begin());
    }
    std::vector<quint64> arrivals;
    for (const quint64 id : m_queue.overdue(nowMs)) {
        if (const auto it = m_incoming.find(id); it != m_incoming.end()) {
            logThrottled(handshakeFailed,
                u"A TLS handshake with %1 takes too long, and others wait."_s.arg(
                    it->second.peer.toString()));
            discard(it);
        } else {
            arrivals.push_back(id);
        }
    }
    startHandshakes();
    return arrivals;
}

void ControlAcceptor::discard(IncomingMap::iterator it)
{
    if (it->second.notifier) {
        it->second.notifier->setEnabled(false);
        it->second.notifier.release()->deleteLater();
    }
    if (QTcpSocket *socket = it->second.socket.release()) {
        socket->disconnect(this);
        socket->abort();
        socket->deleteLater();
    }
    const quint64 id = it->first;
    m_incoming.erase(it);
    m_queue.leave(id);
    m_gone(id);
}

void ControlAcceptor::close(quint64 id)
{
    if (const auto it = m_incoming.find(id); it != m_incoming.end())
        discard(it);
    startHandshakes();
}

} // namespace frpx::server
