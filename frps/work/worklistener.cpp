// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/work/worklistener.h"

#include "common/core/clock.h"
#include "common/core/ids.h"
#include "common/core/logging.h"
#include "common/net/sockets.h"

#include <cerrno>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr qint64 handshakeTimeoutMs = 5000;
constexpr size_t maxHandshakes = 8192;

/// The shortest frame that can open a work connection: the ids are UUIDs. Reading so much at once takes
/// nothing of what follows.
qsizetype shortestOpening()
{
    static const qsizetype size = std::min(proto::encodeFrame(proto::NewWorkConn{randomUuid()}).size(),
        proto::encodeFrame(proto::NewProxyConn{randomUuid()}).size());
    return size;
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
    if (listening) // clients speak first here: their frame comes with the connection, in one turn
        net::acceptOnlyWithData(m_listener.descriptor());
    return listening;
}

void WorkListener::onAccepted(UniqueFd fd)
{
    Handshake handshake;
    handshake.fd = std::move(fd);
    handshake.wanted = shortestOpening();
    if (advance(handshake)) // usually the frame has come with the connection: no notifier needed
        return;
    if (m_handshakes.size() >= maxHandshakes) { // only the silent ones are in each other's way
        if (steadyMs() - m_lastComplaintMs >= 1000) {
            m_lastComplaintMs = steadyMs();
            qCWarning(lcWork) << "Refusing work connections:" << m_handshakes.size()
                              << "have not introduced themselves";
        }
        return;
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
    it->second.notifier->setEnabled(false); // the descriptor may change hands now
    if (advance(it->second))
        bury(it);
    else
        it->second.notifier->setEnabled(true);
}

bool WorkListener::advance(Handshake &handshake)
{
    while (true) {
        char bytes[256]; // such a frame has about 70 bytes
        const auto room = std::min<qsizetype>(handshake.wanted - handshake.buffer.size(), sizeof bytes);
        const ssize_t got = ::recv(handshake.fd.get(), bytes, static_cast<size_t>(room), 0);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return false;
        if (got < 0)
            return refuse(handshake, qt_error_string(errno)), true;
        if (got == 0 && handshake.buffer.isEmpty()) // somebody knocked, or a client that could not serve
            return true;
        if (got == 0)
            return refuse(handshake, u"it closed without introducing itself"_s), true;
        handshake.buffer.append(bytes, got);
        if (handshake.buffer.size() < proto::frameHeaderSize)
            continue;
        const Result<quint32> length =
            proto::frameLength(handshake.buffer.constData(), proto::maxFrameBeforeLogin);
        if (!length)
            return refuse(handshake, length.error().detail), true;
        handshake.wanted = proto::frameHeaderSize + qsizetype(*length);
        if (handshake.buffer.size() > handshake.wanted) // shorter than one with a valid id
            return refuse(handshake, u"its id is unknown, and data follows it"_s), true;
        if (handshake.buffer.size() == handshake.wanted)
            return conclude(handshake), true;
    }
}

void WorkListener::conclude(Handshake &handshake)
{
    const Result<proto::Message> message =
        proto::decode(QByteArrayView(handshake.buffer).sliced(proto::frameHeaderSize));
    if (!message)
        return refuse(handshake, message.error().detail);
    if (!std::holds_alternative<proto::NewProxyConn>(*message)
        && !std::holds_alternative<proto::NewWorkConn>(*message)) {
        return refuse(handshake, u"%1 is not expected here."_s.arg(proto::messageName(*message)));
    }
    m_handler(*message, std::move(handshake.fd));
}

void WorkListener::refuse(Handshake &handshake, const QString &why)
{
    if (const quint64 cases = m_refusals.count(steadyMs())) {
        qCWarning(lcWork).noquote() << "Work connection from" << net::peerOf(handshake.fd.get()).toString()
                                    << "refused:" << why + sinceLastLine(cases);
    }
    handshake.fd.reset();
}

void WorkListener::bury(std::unordered_map<int, Handshake>::iterator it)
{
    // The notifier may be the one whose signal we are in.
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
        bury(current);
    }
}

} // namespace frpx::server
