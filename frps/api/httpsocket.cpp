// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/httpsocket.h"

#include "common/core/logging.h"

#include <QPointer>

#include <algorithm>
#include <cstring>
#include <utility>

#ifdef Q_OS_WIN
#include <winsock2.h>
#else
#include <sys/socket.h>
#endif

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr int requestsPerTurn = 16;
constexpr qint64 unsentLimit = qint64(64) * 1024; ///< no further request while the peer has this much to read

/// Closes our direction only. Closing both with unread data would reset the connection, and the peer would
/// lose the answer.
void shutDownWriting(qintptr descriptor)
{
#ifdef Q_OS_WIN
    ::shutdown(static_cast<SOCKET>(descriptor), SD_SEND);
#else
    ::shutdown(static_cast<int>(descriptor), SHUT_WR);
#endif
}

} // namespace

HttpSocket::HttpSocket(
    const HttpLimits &limits, ApiClock clock, const std::optional<QSslConfiguration> &tls, QObject *parent)
    : QTcpSocket(parent)
    , m_limits(limits)
    , m_clock(std::move(clock))
    , m_tls(tls ? new QSslSocket : nullptr)
    , m_socket(tls ? m_tls : new QTcpSocket)
    , m_wire(*m_socket)
{
    if (m_tls) {
        m_tls->setSslConfiguration(*tls);
        // Not bytesWritten, which comes while the bytes are on their way from one buffer to the next.
        QObject::connect(m_tls, &QSslSocket::encryptedBytesWritten, this, &HttpSocket::onWireBytesWritten);
        QObject::connect(m_tls, &QSslSocket::errorOccurred, this, [this] {
            if (!m_tls->isEncrypted())
                qCDebug(lcApi, "No TLS with %ls: %ls", qUtf16Printable(peerAddress().toString()),
                    qUtf16Printable(logSafe(m_tls->errorString())));
        });
    } else {
        QObject::connect(&m_wire, &QTcpSocket::bytesWritten, this, &HttpSocket::onWireBytesWritten);
    }
    setState(State::Reading, m_limits.requestTime);
    m_wire.setReadBufferSize(httpReadBufferSize);
    QObject::connect(&m_wire, &QTcpSocket::readyRead, this, &HttpSocket::onWireReadyRead);
    QObject::connect(&m_wire, &QTcpSocket::disconnected, this, &HttpSocket::finish);
}

HttpSocket::~HttpSocket()
{
    // The base class must not report the end of a connection that it never had.
    QObject::disconnect(&m_wire, nullptr, this, nullptr);
    setSocketState(QAbstractSocket::UnconnectedState);
}

bool HttpSocket::adopt(qintptr descriptor)
{
    if (!m_wire.setSocketDescriptor(descriptor))
        return false;
    m_wire.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    setPeerAddress(m_wire.peerAddress());
    setPeerPort(m_wire.peerPort());
    setLocalAddress(m_wire.localAddress());
    setLocalPort(m_wire.localPort());
    setOpenMode(QIODevice::ReadWrite);
    setSocketState(QAbstractSocket::ConnectedState);
    if (m_tls)
        m_tls->startServerEncryption();
    return true;
}

void HttpSocket::refuse(int status, const QString &message)
{
    if (m_state != State::Reading && m_state != State::Answering)
        return;
    qCDebug(lcApi, "Refused a request of %ls: %d %ls", qUtf16Printable(peerAddress().toString()), status,
        qUtf16Printable(message));
    m_refused = true;
    sendLast(encodeResponse(failureResponse(status, message, m_clock()), false, true));
}

void HttpSocket::expire()
{
    if (m_state == State::Reading && m_requestBegun) {
        refuse(408, u"The request took too long to arrive"_s);
        return;
    }
    if (m_state == State::Answering && m_deferred) {
        refuse(503, u"The answer took too long"_s);
        return;
    }
    giveWay();
}

void HttpSocket::giveWay()
{
    QPointer<HttpSocket> self(this);
    m_wire.abort(); // reports disconnected
    if (self)
        finish();
}

void HttpSocket::onWireReadyRead()
{
    if (m_state == State::Closing || m_state == State::Lingering) {
        m_wire.skip(m_wire.bytesAvailable());
        return;
    }
    // A few at a time, so that a peer who pipelines thousands does not keep the others waiting.
    const QPointer<HttpSocket> self(this);
    for (int i = 0; i < requestsPerTurn; ++i) {
        if (!handleNext() || !self)
            return;
    }
    queueTurn();
}

void HttpSocket::queueTurn()
{
    if (std::exchange(m_turnQueued, true))
        return;
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_turnQueued = false;
            onWireReadyRead();
        },
        Qt::QueuedConnection);
}

void HttpSocket::onWireBytesWritten()
{
    if (m_state == State::Closing)
        lingerWhenSent();
    else if (m_state == State::Reading && m_wire.bytesAvailable() > 0 && unsent() <= unsentLimit)
        onWireReadyRead();
}

bool HttpSocket::handleNext()
{
    if (m_state != State::Reading || unsent() > unsentLimit)
        return false;
    const QByteArray buffer = m_wire.peek(httpReadBufferSize);
    if (buffer.isEmpty())
        return false;
    if (buffer.startsWith("\r\n")) { // some clients end a body with one line end too many
        m_wire.skip(2);
        return true;
    }
    if (!m_requestBegun) {
        m_requestBegun = true;
        m_deadline = std::chrono::steady_clock::now() + m_limits.requestTime;
    }

    const RequestHeadResult result = parseRequestHead(buffer, m_limits);
    if (const auto *refusal = std::get_if<RequestRefusal>(&result)) {
        refuse(refusal->status, refusal->message);
        return false;
    }
    const auto *head = std::get_if<RequestHead>(&result);
    if (!head)
        return false;
    if (buffer.size() < head->headSize + head->bodySize) {
        if (head->expectsContinue && !m_continueSent && buffer.size() == head->headSize) {
            m_continueSent = true;
            m_wire.write("HTTP/1.1 100 Continue\r\n\r\n"_ba);
            m_wire.flush();
        }
        return false;
    }
    m_wire.skip(head->headSize + head->bodySize);
    answer(*head, QByteArrayView(buffer).sliced(head->headSize, head->bodySize));
    return true;
}

void HttpSocket::answer(const RequestHead &head, QByteArrayView body)
{
    m_requestBegun = false;
    m_continueSent = false;
    m_request = plainRequest(head, body);
    m_response.clear();
    m_deferred = false;
    m_headOnly = head.method == "HEAD"_ba;
    m_last = !head.keepAlive;
    ++m_number;
    setState(State::Answering, m_limits.requestTime);

    const QPointer<HttpSocket> self(this);
    m_giving = true;
    Q_EMIT requestTaken();
    Q_EMIT readyRead();
    if (!self)
        return;
    m_giving = false;
    Q_EMIT requestGiven();
    if (m_state == State::Answering && !(m_deferred && m_response.isEmpty()))
        complete();
}

quint64 HttpSocket::deferAnswer()
{
    Q_ASSERT(m_giving);
    m_deferred = true;
    return m_number;
}

void HttpSocket::deliver(quint64 number, const ApiResponse &response)
{
    if (number != m_number || m_state != State::Answering || !m_deferred || !m_response.isEmpty())
        return;
    m_response = encodeResponse(response, false, false);
    if (m_giving)
        return; // answer() goes on from here
    const QPointer<HttpSocket> self(this);
    complete();
    if (self && m_state == State::Reading && m_wire.bytesAvailable() > 0)
        queueTurn();
}

/// Sends the answer to the present request.
void HttpSocket::complete()
{
    const bool last = m_last || m_hangUpWanted;
    const QByteArray response = correctedResponse(m_response, m_headOnly, last);
    m_response.clear();
    if (response.isEmpty()) { // QHttpServer hung up without a word: the request made no sense to it
        refuse(400, u"The request was not understood"_s);
        return;
    }
    if (last) {
        sendLast(response);
        return;
    }
    setState(State::Reading, m_limits.idleTime);
    m_wire.write(response);
    m_wire.flush(); // before we notice that the peer has shut its side
}

void HttpSocket::sendLast(const QByteArray &response)
{
    setState(State::Closing, m_limits.idleTime);
    const QPointer<HttpSocket> self(this);
    m_wire.write(response);
    m_wire.flush();
    if (!self || m_state != State::Closing)
        return;
    m_wire.skip(m_wire.bytesAvailable());
    lingerWhenSent();
}

/// Bytes that wait, encrypted or not yet.
qint64 HttpSocket::unsent() const
{
    return m_wire.bytesToWrite() + (m_tls ? m_tls->encryptedBytesToWrite() : 0);
}

void HttpSocket::lingerWhenSent()
{
    if (unsent() > 0)
        return;
    if (m_wire.state() != QAbstractSocket::ConnectedState) {
        finish();
        return;
    }
    setState(State::Lingering, m_limits.lingerTime);
    // TLS has its own goodbye, which Qt says only when it closes both directions. So it has to be left out
    // where the peer may still be sending.
    if (m_tls && !m_refused)
        m_tls->disconnectFromHost();
    else
        shutDownWriting(m_wire.socketDescriptor());
}

void HttpSocket::finish()
{
    if (m_state == State::Closed)
        return;
    m_state = State::Closed;
    m_request.clear();
    m_response.clear();
    setSocketState(QAbstractSocket::UnconnectedState);
    const QPointer<HttpSocket> self(this);
    Q_EMIT closed();
    if (self)
        Q_EMIT disconnected();
}

void HttpSocket::setState(State state, std::chrono::milliseconds time)
{
    m_state = state;
    m_deadline = std::chrono::steady_clock::now() + time;
}

qint64 HttpSocket::bytesAvailable() const
{
    return QTcpSocket::bytesAvailable() + m_request.size();
}

qint64 HttpSocket::bytesToWrite() const
{
    return unsent();
}

qintptr HttpSocket::socketDescriptor() const
{
    return m_wire.socketDescriptor();
}

void HttpSocket::disconnectFromHost()
{
    if (m_state == State::Answering) {
        m_hangUpWanted = true; // after the answer
    } else if (m_state == State::Reading) {
        setState(State::Closing, m_limits.idleTime);
        lingerWhenSent();
    }
}

void HttpSocket::close()
{
    disconnectFromHost();
    // QAbstractSocket would look for a descriptor of its own.
    QIODevice::close(); // NOLINT(bugprone-parent-virtual-call)
}

qint64 HttpSocket::readData(char *data, qint64 maxSize)
{
    const qsizetype size = std::min<qsizetype>(maxSize, m_request.size());
    std::memcpy(data, m_request.constData(), static_cast<size_t>(size));
    m_request.remove(0, size);
    return size; // nothing now is 0; -1 would be the end
}

qint64 HttpSocket::readLineData(char *data, qint64 maxSize)
{
    // By way of readData(), like skipData().
    return QIODevice::readLineData(data, maxSize); // NOLINT(bugprone-parent-virtual-call)
}

qint64 HttpSocket::skipData(qint64 maxSize)
{
    return QIODevice::skipData(maxSize); // NOLINT(bugprone-parent-virtual-call)
}

qint64 HttpSocket::writeData(const char *data, qint64 size)
{
    if (m_state != State::Answering)
        return -1; // too late: this request has been answered
    m_response.append(data, size);
    return size;
}

} // namespace frpx::server
