// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/userhandshake.h"

#include "common/net/sockets.h"
#include "common/tls/plainpolicy.h"

#include <cerrno>

#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// HTTP/1.0: every HTTP client understands it.
const QByteArray &httpAnswer()
{
    static const QByteArray body = "This port uses TLS: use https.\n"_ba;
    static const QByteArray answer =
        "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: "
        + QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
    return answer;
}

} // namespace

void UserHandshake::start(IoLoop &loop, Job job)
{
    const int fd = job.visitor.fd.get();
    auto owned = std::make_unique<UserHandshake>(loop, std::move(job));
    UserHandshake *handshake = owned.get();
    loop.adopt(std::move(owned));
    loop.setTicking(handshake, true);
    if (!loop.watch(handshake, 0, fd)) // watching reports a descriptor that is ready
        handshake->fail(u"out of descriptors"_s);
}

UserHandshake::UserHandshake(IoLoop &loop, Job job)
    : m_loop(loop)
    , m_visitor(std::move(job.visitor))
    , m_stream(std::move(m_visitor.fd), std::move(job.tls), loop.scratch().records)
    , m_deadlineMs(job.deadlineMs)
    , m_recalled(std::move(job.recalled))
    , m_done(std::move(job.done))
{ }

void UserHandshake::onIo(int /*side*/, IoEvents events)
{
    if (events.readable)
        m_stream.setReadable();
    if (events.writable)
        m_stream.setWritable();
    if (events.hungUp)
        m_stream.setHungUp();
    if (events.broken)
        m_stream.setBroken();
    if (m_stream.hasUnsent() && m_stream.isWritable() && !m_stream.flush())
        return fail(u"the connection broke"_s);
    if (m_secured)
        concludeIfSent();
    else if (events.readable)
        m_loop.queueHandshake(this);
}

void UserHandshake::onTick(qint64 nowMs)
{
    if (nowMs >= m_deadlineMs || (m_recalled && m_recalled->load(std::memory_order_relaxed)))
        fail(u"it took too long"_s);
}

void UserHandshake::onHandshakeTurn()
{
    if (m_secured || (!m_stream.tls()->hasBegun() && !beginsTls()))
        return;
    switch (m_stream.handshake()) {
    case TlsState::Progress::Failed:
        return fail(m_stream.tls()->whyFailed());
    case TlsState::Progress::Waiting:
        return;
    case TlsState::Progress::Done:
        m_secured = true;
        return concludeIfSent();
    }
}

bool UserHandshake::beginsTls()
{
    char first = 0;
    const ssize_t seen = ::recv(m_stream.fd(), &first, 1, MSG_PEEK);
    if (seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return false;
    if (seen <= 0) { // a check of reachability
        fail({});
        return false;
    }
    if (first == tlsFirstByte)
        return true;
    if (first >= 'A' && first <= 'Z') // as every method of HTTP begins
        answerHttp();
    fail(u"it does not speak TLS"_s);
    return false;
}

void UserHandshake::answerHttp()
{
    net::sendWhole(m_stream.fd(), httpAnswer());
    net::endSending(m_stream.fd());
    // Unread data would turn the close into a reset, which may overtake the answer.
    std::vector<char> &buffer = m_loop.scratch().buffer;
    [[maybe_unused]] const ssize_t got = ::recv(m_stream.fd(), buffer.data(), buffer.size(), 0);
}

/// The session tickets must be sent before another object gets the connection.
void UserHandshake::concludeIfSent()
{
    if (m_stream.hasUnsent())
        return;
    m_loop.unwatch(this, 0, m_stream.fd());
    m_visitor.tls = m_stream.takeTls();
    m_visitor.fd = m_stream.takeFd();
    m_done(std::move(m_visitor));
    m_loop.finish(this);
}

void UserHandshake::fail(const QString &why)
{
    m_done(Error{Errc::LinkLost, why});
    m_loop.finish(this);
}

} // namespace frpx::server
