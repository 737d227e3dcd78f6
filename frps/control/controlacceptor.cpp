// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/control/controlacceptor.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"

#include <QSslCipher>
#include <QSslSocket>

#include <cerrno>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr qint64 readBufferSize = qint64(16) * 1024; // as of a control link

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
    Guest guest;
    guest.peer = net::peerOf(fd.get());
    guest.acceptedAtMs = nowMs;
    guest.notifier = std::make_unique<QSocketNotifier>(fd.get(), QSocketNotifier::Read);
    connect(guest.notifier.get(), &QSocketNotifier::activated, this, [this, id] { look(id); });
    guest.fd = std::move(fd);
    m_guests.emplace(id, std::move(guest));
}

void ControlAcceptor::look(quint64 id)
{
    const auto it = m_guests.find(id);
    if (it == m_guests.end() || !it->second.fd)
        return;
    char first = 0;
    const ssize_t count = ::recv(it->second.fd.get(), &first, 1, MSG_PEEK);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (count <= 0) {
        qCDebug(lcControl).noquote() << "A control connection from" << it->second.peer.toString()
                                     << "is gone without a word";
        return discard(it);
    }
    // We may be in its signal.
    it->second.notifier->setEnabled(false);
    it->second.notifier.release()->deleteLater();
    if (first != tlsFirstByte)
        return admitPlain(it);
    m_line.join(id, net::sourceKey(it->second.peer.address));
    shakeNextHands();
}

void ControlAcceptor::shakeNextHands()
{
    while (const std::optional<quint64> id = m_line.next(steadyMs())) {
        if (const auto it = m_guests.find(*id); it != m_guests.end())
            shakeHands(it);
    }
}

void ControlAcceptor::admitPlain(Guests::iterator it)
{
    const quint64 id = it->first;
    Guest guest = std::move(it->second);
    m_guests.erase(it);
    Arrival arrival{id, std::move(guest.fd), {}, guest.acceptedAtMs, {}};
    if (!mayBePlain(m_plain, guest.peer.address)) {
        logThrottled(linkRefused,
            u"A control connection from %1 is refused: it is not encrypted."_s.arg(guest.peer.toString()));
        arrival.refusal = u"This server wants an encrypted connection: use a client with TLS."_s;
    }
    m_handler(std::move(arrival));
}

void ControlAcceptor::shakeHands(Guests::iterator it)
{
    auto socket = std::make_unique<QSslSocket>();
    socket->setReadBufferSize(readBufferSize);
    if (!socket->setSocketDescriptor(it->second.fd.get()))
        return discard(it);
    it->second.fd.release(); // the socket owns it now
    socket->setSslConfiguration(m_tls);
    const quint64 id = it->first;
    QSslSocket *raw = socket.get();
    it->second.socket = std::move(socket);
    // A missing or wrong certificate of the client is answered in the protocol, where it can be understood.
    connect(raw, &QSslSocket::sslErrors, raw, qOverload<>(&QSslSocket::ignoreSslErrors));
    // Queued: the socket is not to be moved or deleted in its own signal.
    connect(
        raw, &QSslSocket::encrypted, this, [this, id] { onEncrypted(id); }, Qt::QueuedConnection);
    connect(
        raw, &QSslSocket::errorOccurred, this, [this, id] { onHandshakeFailed(id); }, Qt::QueuedConnection);
    raw->startServerEncryption();
}

void ControlAcceptor::onEncrypted(quint64 id)
{
    const auto it = m_guests.find(id);
    if (it == m_guests.end())
        return;
    Guest guest = std::move(it->second);
    m_guests.erase(it);
    auto *socket = qobject_cast<QSslSocket *>(guest.socket.get());
    socket->disconnect(this);
    qCDebug(lcControl).noquote() << guest.peer.toString() << "speaks" << socket->sessionProtocol()
                                 << socket->sessionCipher().name();
    Arrival arrival{id, {}, {}, guest.acceptedAtMs, {}};
    const QList<QSslError> errors = socket->sslHandshakeErrors();
    if (!errors.isEmpty()) {
        logThrottled(linkRefused,
            u"A control connection from %1 is refused, for its certificate: %2"_s.arg(
                guest.peer.toString(), errors.first().errorString()));
        arrival.refusal = u"This server asks for a client certificate that leads to its CA."_s;
    }
    arrival.encrypted = std::move(guest.socket);
    m_handler(std::move(arrival));
}

void ControlAcceptor::onHandshakeFailed(quint64 id)
{
    const auto it = m_guests.find(id);
    if (it == m_guests.end())
        return;
    logThrottled(handshakeFailed,
        u"A TLS handshake with %1 failed: %2"_s.arg(
            it->second.peer.toString(), logSafe(it->second.socket->errorString(), 256)));
    discard(it);
    shakeNextHands();
}

void ControlAcceptor::settled(quint64 id)
{
    m_line.leave(id);
    shakeNextHands();
}

std::vector<quint64> ControlAcceptor::sweep(qint64 nowMs, qint64 timeoutMs)
{
    while (!m_guests.empty() && nowMs - m_guests.begin()->second.acceptedAtMs >= timeoutMs) {
        const Guest &guest = m_guests.begin()->second;
        logThrottled(handshakeFailed,
            (guest.socket            ? u"A TLS handshake with %1 took too long."_s
                    : guest.notifier ? u"A control connection from %1 said nothing in time."_s
                                     : u"Too many TLS handshakes are under way for one with %1."_s)
                .arg(guest.peer.toString()));
        discard(m_guests.begin());
    }
    std::vector<quint64> arrivals;
    for (const quint64 id : m_line.overdue(nowMs)) {
        if (const auto it = m_guests.find(id); it != m_guests.end()) {
            logThrottled(handshakeFailed,
                u"A TLS handshake with %1 takes too long, and others wait."_s.arg(
                    it->second.peer.toString()));
            discard(it);
        } else {
            arrivals.push_back(id);
        }
    }
    shakeNextHands();
    return arrivals;
}

void ControlAcceptor::discard(Guests::iterator it)
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
    m_guests.erase(it);
    m_line.leave(id);
    m_gone(id);
}

void ControlAcceptor::close(quint64 id)
{
    if (const auto it = m_guests.find(id); it != m_guests.end())
        discard(it);
    shakeNextHands();
}

} // namespace frpx::server
