// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/workconn/worklistener.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "common/net/sockets.h"
#include "common/relay/relaypool.h"

#include <array>
#include <cerrno>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr qint64 handshakeTimeoutMs = 5000;
constexpr qint64 lineTimeoutMs = 10'000; // the default of --pending-timeout

constexpr LogKind tooManyUnopened{lcWork};
constexpr LogKind badOpening{lcWork, QtWarningMsg, 200};
constexpr LogKind tlsRefused{lcWork};

static void complain(const LogKind &kind, const QString &source, const QString &why)
{
    logThrottled(kind, u"Work connection from %1 refused: %2"_s.arg(source, why));
}

WorkListener::WorkListener(Handler handler, QObject *parent)
    : QObject(parent)
    , m_handler(std::move(handler))
    , m_listener([this](UniqueFd fd) { onAccepted(std::move(fd)); })
{ }

WorkListener::~WorkListener() = default;

Result<quint16> WorkListener::listen(const QHostAddress &address, quint16 port)
{
    Result<quint16> listening = m_listener.listenOn(address, port);
    if (listening) // clients send first here: the frame arrives with the connection, in one turn
        net::acceptOnlyWithData(m_listener.descriptor());
    return listening;
}

void WorkListener::setShare(size_t unopened, int acceptBelow)
{
    m_maxUnopened = std::min(unopened, maxUnopened);
    m_maxInLine = std::min(unopened, maxInLine);
    m_listener.acceptBelow(acceptBelow);
}

void WorkListener::onAccepted(UniqueFd fd)
{
    Handshake handshake;
    handshake.fd = std::move(fd);
    if (advance(handshake)) // usually the frame has arrived with the connection: no notifier needed
        return;
    if (m_handshakes.size() >= m_maxUnopened) {
        return logThrottled(tooManyUnopened,
            u"Refusing a work connection: %1 have not introduced themselves"_s.arg(m_handshakes.size()));
    }
    handshake.deadlineMs = steadyMs() + handshakeTimeoutMs;
    const int number = handshake.fd.get();
    handshake.notifier = std::make_unique<QSocketNotifier>(number, QSocketNotifier::Read);
    connect(
        handshake.notifier.get(), &QSocketNotifier::activated, this, [this, number] { onReadable(number); });
    m_handshakes.insert_or_assign(number, std::move(handshake));
}

void WorkListener::onReadable(int fd)
{
    const auto it = m_handshakes.find(fd);
    if (it == m_handshakes.end())
        return;
    it->second.notifier->setEnabled(false); // advance() may give the descriptor away
    if (advance(it->second))
        discard(it);
    else
        it->second.notifier->setEnabled(true);
}

bool WorkListener::advance(Handshake &handshake)
{
    while (true) {
        std::array<char, 256> bytes; // such a frame has about 70 bytes
        const auto room = std::min<size_t>(size_t(handshake.frame.missing()), bytes.size());
        const ssize_t got = ::recv(handshake.fd.get(), bytes.data(), room, 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return false;
        if (got < 0)
            return refuse(handshake, qt_error_string(errno)), true;
        const bool isFirst = handshake.frame.isEmpty();
        if (got == 0 && isFirst) // a check of reachability, or a client that could not serve
            return true;
        if (got == 0)
            return refuse(handshake, u"it closed without introducing itself"_s), true;
        if (isFirst && m_tls && bytes.front() == tlsFirstByte)
            return secure(handshake, QByteArray(bytes.data(), got)), true;
        if (isFirst && m_plain != PlainPolicy::Everywhere
            && !mayBePlain(m_plain, net::peerOf(handshake.fd.get()).address)) {
            complain(tlsRefused, net::peerOf(handshake.fd.get()).toString(), u"it does not use TLS"_s);
            return true;
        }
        const Result<std::optional<WorkOpening>> opening = handshake.frame.add({bytes.data(), got});
        if (!opening)
            return refuse(handshake, opening.error().detail), true;
        if (*opening)
            return m_handler(**opening, std::move(handshake.fd)), true;
    }
}

void WorkListener::setTls(
    std::shared_ptr<const TlsServerContext> context, PlainPolicy plain, RelayPool &relays)
{
    m_tls = std::move(context);
    m_plain = plain;
    m_relays = &relays;
}

/// Puts the connection into the queue for TLS; \a early has been read already.
void WorkListener::secure(Handshake &handshake, QByteArray early)
{
    const net::Endpoint source = net::peerOf(handshake.fd.get());
    const net::SourceKey key = net::sourceKey(source.address);
    const Demand demand = m_demand ? m_demand(key) : Demand();
    if (m_line.placesTaken() + m_line.waiting() >= m_maxInLine + demand.total
        || m_line.sizeOf(key) >= maxInLineOfSource + demand.ofSource)
        return complain(tlsRefused, source.toString(), u"too many TLS handshakes are under way"_s);
    const quint64 id = ++m_lastInLine;
    m_line.join(id, key);
    m_lined.emplace(id, Lined{std::move(handshake.fd), source, std::move(early), steadyMs() + lineTimeoutMs});
    secureNext();
}

/// Starts handshakes in the relay loops while there are places.
void WorkListener::secureNext()
{
    const qint64 now = steadyMs();
    while (const std::optional<quint64> id = m_line.next(now)) {
        Lined lined = std::move(m_lined.extract(*id).mapped());
        TlsAcceptor::Job job{std::move(lined.fd), m_tls->accept(), now + handshakeTimeoutMs};
        if (!job.tls) {
            m_line.leave(*id);
            complain(tlsRefused, lined.source.toString(), u"out of memory"_s);
            continue;
        }
        job.tls->giveEarly(std::move(lined.early));
        job.recalled = std::make_shared<std::atomic<bool>>(false);
        m_begun.emplace(*id, job.recalled);
        // Called in the loop's thread. The server stops the loops before it destroys the listener.
        WorkHandshake::Done done = [this, id = *id, source = lined.source](
                                       Result<WorkHandshake::Opened> outcome) {
            // A functor for a queued call must be copyable.
            auto shared = std::make_shared<Result<WorkHandshake::Opened>>(std::move(outcome));
            QMetaObject::invokeMethod(
                this, [this, id, source, shared] { onSecured(id, source, std::move(*shared)); },
                Qt::QueuedConnection);
        };
        m_relays->nextLoop().post([job = std::move(job), done = std::move(done)](IoLoop &loop) mutable {
            WorkHandshake::start(loop, std::move(job), std::move(done));
        });
    }
}

void WorkListener::onSecured(quint64 id, const net::Endpoint &source, Result<WorkHandshake::Opened> outcome)
{
    m_line.leave(id);
    m_begun.erase(id);
    secureNext();
    if (!outcome)
        return complain(tlsRefused, source.toString(), outcome.error().detail);
    m_handler(outcome->opening, std::move(outcome->connection));
}

void WorkListener::refuse(Handshake &handshake, const QString &why)
{
    complain(badOpening, net::peerOf(handshake.fd.get()).toString(), why);
    handshake.fd.reset();
}

void WorkListener::discard(std::unordered_map<int, Handshake>::iterator it)
{
    // This may run in a slot of the notifier's own signal.
    it->second.notifier.release()->deleteLater();
    m_handshakes.erase(it);
}

void WorkListener::sweep()
{
    const qint64 now = steadyMs();
    for (auto it = m_handshakes.begin(); it != m_handshakes.end();) {
        const auto current = it++;
        if (current->second.deadlineMs > now)
            continue;
        current->second.notifier->setEnabled(false);
        refuse(current->second, u"it did not introduce itself in time"_s);
        discard(current);
    }
    while (!m_lined.empty() && m_lined.begin()->second.deadlineMs <= now) {
        const auto oldest = m_lined.begin();
        complain(tlsRefused, oldest->second.source.toString(), u"too many TLS handshakes are under way"_s);
        m_line.leave(oldest->first);
        m_lined.erase(oldest);
    }
    for (const quint64 id : m_line.overdue(now))
        m_begun.at(id)->store(true, std::memory_order_relaxed);
}

} // namespace frpx::server
