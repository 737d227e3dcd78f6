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

void UserHandshake::start(IoLoop &loop, VisitorConnection visitor, Job job, Done done)
{
    job.fd = std::move(visitor.fd);
    TlsAcceptor::start(
        std::make_unique<UserHandshake>(loop, std::move(visitor), std::move(job), std::move(done)));
}

UserHandshake::UserHandshake(IoLoop &loop, VisitorConnection visitor, Job job, Done done)
    : TlsAcceptor(loop, std::move(job))
    , m_visitor(std::move(visitor))
    , m_done(std::move(done))
{ }

/// True if the peer begins a TLS handshake.
bool UserHandshake::mayBegin()
{
    char first = 0;
    const ssize_t seen = ::recv(stream().fd(), &first, 1, MSG_PEEK);
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
    net::sendWhole(stream().fd(), httpAnswer());
    net::endSending(stream().fd());
    // Unread data would turn the close into a reset, which may overtake the answer.
    std::vector<char> &buffer = loop().scratch().buffer;
    [[maybe_unused]] const ssize_t got = ::recv(stream().fd(), buffer.data(), buffer.size(), 0);
}

/// The session tickets must be sent before another object gets the connection.
void UserHandshake::onSecured()
{
    if (stream().hasUnsent())
        return;
    conclude();
    m_visitor.tls = stream().takeTls();
    m_visitor.fd = stream().takeFd();
    m_done(std::move(m_visitor));
}

void UserHandshake::onFailed(const QString &why)
{
    m_done(Error{Errc::LinkLost, why});
}

} // namespace frpx::server
