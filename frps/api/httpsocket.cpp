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
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr qsizetype partSize = qsizetype(16) * 1024; ///< of a long answer, sent in one turn
constexpr qsizetype wholeSize = qsizetype(64) * 1024; ///< a longer list is sent in parts
constexpr qsizetype firstLook = qsizetype(4) * 1024; ///< the first read; most requests are shorter
// Read buffer sizes of the wire: while a request is answered, when one begins, and when it is long
// (httpReadBufferSize).
constexpr qint64 readNothing = 1; // 0 would mean no limit
constexpr qint64 readSome = qint64(16) * 1024;

/// Closes the direction to the peer only. Closing both with unread data would reset the connection, and the
/// peer would lose the answer.
void shutDownWriting(qintptr descriptor)
{
#ifdef Q_OS_WIN
    ::shutdown(static_cast<SOCKET>(descriptor), SD_SEND);
#else
    ::shutdown(static_cast<int>(descriptor), SHUT_WR);
#endif
}

/// Limits the send buffer of the kernel. Otherwise megabytes of answers are made for a peer that reads
/// nothing, before this program notices.
void keepLittleUnsent([[maybe_unused]] qintptr descriptor)
{
#ifdef TCP_NOTSENT_LOWAT
    const int bytes = 16 * 1024;
    ::setsockopt(static_cast<int>(descriptor), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
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
        // Not bytesWritten, which reports bytes when they move from one buffer to the next.
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
    m_wire.setReadBufferSize(m_tls ? httpReadBufferSize : readSome);
    QObject::connect(&m_wire, &QTcpSocket::readyRead, this, &HttpSocket::onWireReadyRead);
    QObject::connect(&m_wire, &QTcpSocket::disconnected, this, &HttpSocket::finish);
}

HttpSocket::~HttpSocket()
{
    // The base class must not report the end of a connection that it did not open.
    QObject::disconnect(&m_wire, nullptr, this, nullptr);
    setSocketState(QAbstractSocket::UnconnectedState);
}

bool HttpSocket::adopt(qintptr descriptor)
{
    if (!m_wire.setSocketDescriptor(descriptor))
        return false;
    m_wire.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    keepLittleUnsent(descriptor);
    setPeerAddress(m_wire.peerAddress());
    setPeerPort(m_wire.peerPort());
    setLocalAddress(m_wire.localAddress());
    setLocalPort(m_wire.localPort());
    setOpenMode(QIODevice::ReadWrite);
    setSocketState(QAbstractSocket::ConnectedState);
    return true;
}

void HttpSocket::refuse(int status, const QString &message)
{
    if (m_state != State::Reading && m_state != State::Answering)
        return;
    qCDebug(lcApi, "Refused a request of %ls: %d %ls", qUtf16Printable(peerAddress().toString()), status,
        qUtf16Printable(message));
    if (m_tls && m_tls->mode() == QSslSocket::UnencryptedMode) {
        m_earlyRefusal = {status, message};
        return;
    }
    m_refused = true;
    m_stream.reset();
    sendLast(encodeResponse(failureResponse(status, message, m_clock()), false, true));
}

void HttpSocket::expire()
{
    if (m_state == State::Reading && m_requestBegun) {
        refuse(408, u"The request took too long to arrive"_s);
        return;
    }
    if (m_state == State::Answering && m_deferred && !(m_stream && m_stream->begun)) {
        refuse(503, u"The answer took too long"_s);
        return;
    }
    giveWay();
}

void HttpSocket::giveWay()
{
    QPointer<HttpSocket> self(this);
    m_wire.abort(); // emits disconnected
    if (self)
        finish();
}

void HttpSocket::onWireReadyRead()
{
    if (m_state == State::Closing || m_state == State::Lingering) {
        m_wire.skip(m_wire.bytesAvailable());
        return;
    }
    m_isIncomplete = false;
    if (hasWork())
        wantTurn();
    else if (m_state == State::Reading)
        setReading(readNothing);
}

void HttpSocket::onWireBytesWritten()
{
    if (unsent() > 0)
        return;
    if (m_state == State::Closing)
        lingerWhenSent();
    else
        whenSent();
}

/// The wire is not read before the turn: reading would notice that the peer has closed its side, and close.
void HttpSocket::wantTurn(std::chrono::nanoseconds wait)
{
    if (std::exchange(m_turnWanted, true))
        return;
    setReading(readNothing);
    Q_EMIT turnWanted(wait);
}

bool HttpSocket::hasWork() const
{
    if (unsent() > 0)
        return false;
    if (m_state == State::Answering)
        return m_stream.has_value();
    return m_state == State::Reading && !m_isIncomplete && m_wire.bytesAvailable() > 0;
}

void HttpSocket::takeTurn()
{
    m_turnWanted = false;
    const QPointer<HttpSocket> self(this);
    if (m_tls && m_tls->mode() == QSslSocket::UnencryptedMode) {
        m_tls->startServerEncryption(); // and reads the peer's first message
        if (self && m_earlyRefusal)
            refuse(m_earlyRefusal->status, m_earlyRefusal->message);
        return;
    }
    if (m_state == State::Answering && m_stream && unsent() == 0)
        sendPart();
    else if (m_state == State::Reading && unsent() == 0)
        readRequest();
    if (self && hasWork())
        wantTurn();
}

void HttpSocket::readRequest()
{
    QByteArray buffer = m_wire.peek(firstLook);
    if (buffer.isEmpty())
        return;
    if (buffer.startsWith("\r\n")) { // some clients send an extra line end after a body
        setReading(readSome);
        m_wire.skip(2);
        return;
    }
    if (!m_requestBegun) {
        m_requestBegun = true;
        m_deadline = std::chrono::steady_clock::now() + m_limits.requestTime;
    }
    RequestHeadResult result = parseRequestHead(buffer, m_limits);
    if (std::holds_alternative<RequestIncomplete>(result) && m_wire.bytesAvailable() > buffer.size()) {
        buffer = m_wire.peek(httpReadBufferSize);
        result = parseRequestHead(buffer, m_limits);
    }
    if (const auto *refusal = std::get_if<RequestRefusal>(&result)) {
        refuse(refusal->status, refusal->message);
        return;
    }
    const auto *head = std::get_if<RequestHead>(&result);
    if (!head || m_wire.bytesAvailable() < head->headSize + head->bodySize) {
        readMore(head);
        return;
    }
    if (!mayCome(*head))
        return;
    m_taken = head->headSize + head->bodySize;
    if (buffer.size() < m_taken)
        buffer = m_wire.peek(m_taken);
    answer(*head, QByteArrayView(buffer).sliced(head->headSize, head->bodySize));
}

/// Reads the rest of a request; \a head is null if the head is not complete either.
void HttpSocket::readMore(const RequestHead *head)
{
    m_isIncomplete = true;
    setReading(httpReadBufferSize);
    if (head && head->expectsContinue && !m_continueSent && m_wire.bytesAvailable() == head->headSize) {
        m_continueSent = true;
        m_wire.write("HTTP/1.1 100 Continue\r\n\r\n"_ba);
        m_wire.flush();
    }
}

/// Whether the request with \a head may be answered now. If not, a later turn tries again, or the request has
/// been refused.
bool HttpSocket::mayCome(const RequestHead &head)
{
    if (std::exchange(m_admitted, true) || !m_admission)
        return true;
    const std::optional<std::chrono::nanoseconds> wait = m_admission(head);
    if (!wait)
        refuse(429, u"Too many requests from this address without a valid token; try again later"_s);
    else if (wait->count() > 0)
        wantTurn(*wait);
    else
        return true;
    return false;
}

void HttpSocket::answer(const RequestHead &head, QByteArrayView body)
{
    m_requestBegun = false;
    m_continueSent = false;
    m_admitted = false;
    m_request = plainRequest(head, body);
    m_response.clear();
    m_deferred = false;
    m_headOnly = head.method == "HEAD"_ba;
    m_isHttp11 = head.isHttp11;
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
    if (m_state != State::Answering || m_stream)
        return;
    if (m_deferred && m_response.isEmpty())
        setReading(httpReadBufferSize); // the answer may take long: notice if the peer closes meanwhile
    else
        complete();
}

quint64 HttpSocket::deferAnswer()
{
    Q_ASSERT(m_giving);
    m_deferred = true;
    return m_number;
}

void HttpSocket::deliver(quint64 number, ApiResponse response)
{
    if (number != m_number || m_state != State::Answering || !m_deferred || m_stream || !m_response.isEmpty())
        return;
    if (response.items) {
        m_stream = Stream{std::move(response)};
        if (!m_giving)
            wantTurn();
        return;
    }
    m_response = encodeResponse(response, false, false);
    if (!m_giving) // else answer() completes it
        complete();
}

/// Sends the answer to the current request.
void HttpSocket::complete()
{
    const bool last = m_last || m_hangUpWanted;
    const QByteArray response = correctedResponse(m_response, m_headOnly, last);
    m_response.clear();
    if (response.isEmpty()) { // QHttpServer closed without an answer: it could not parse the request
        refuse(400, u"The request was not understood"_s);
        return;
    }
    if (last) {
        sendLast(response);
        return;
    }
    setState(State::Reading, m_limits.idleTime);
    sendNow(response);
}

/// Sends the next part of a long answer. A list that turns out to be short is sent as one answer with a
/// length.
void HttpSocket::sendPart()
{
    ApiResponse &rest = m_stream->rest;
    const qsizetype unsentBefore = m_stream->begun ? 0 : rest.body.size();
    rest.addItems(unsentBefore + partSize);
    const bool isWhole = !rest.items;
    if (!m_stream->begun && isWhole) {
        m_response = encodeResponse(rest, false, false);
        m_stream.reset();
        complete();
        return;
    }
    if (!m_stream->begun && rest.body.size() < wholeSize)
        return;
    QByteArray bytes;
    if (!m_stream->begun) {
        // Without chunks only the end of the connection ends the body.
        m_last = m_last || m_hangUpWanted || !m_isHttp11;
        bytes = encodeStreamHead(rest, m_isHttp11, m_last);
        m_stream->begun = true;
        setState(State::Answering, m_limits.idleTime);
    }
    const QByteArray part = std::exchange(rest.body, {});
    if (!m_headOnly)
        bytes += m_isHttp11 ? encodeChunk(part) + (isWhole ? encodeChunk({}) : QByteArray()) : part;
    if (!isWhole && !m_headOnly) {
        sendNow(bytes);
        return;
    }
    m_stream.reset();
    if (m_last) {
        sendLast(bytes);
        return;
    }
    setState(State::Reading, m_limits.idleTime);
    sendNow(bytes);
}

/// Writes at once, as far as the kernel accepts it, before this program notices that the peer has closed its
/// side.
void HttpSocket::sendNow(const QByteArray &bytes)
{
    const QPointer<HttpSocket> self(this);
    m_wire.write(bytes);
    m_wire.flush();
    if (self && unsent() == 0)
        whenSent();
}

/// The peer has taken all bytes. The request is finished if the answer was complete.
void HttpSocket::whenSent()
{
    if (m_state == State::Reading && m_taken > 0) {
        setReading(readSome);
        m_wire.skip(std::exchange(m_taken, 0));
    }
    if (hasWork())
        wantTurn();
}

void HttpSocket::sendLast(const QByteArray &response)
{
    setState(State::Closing, m_limits.idleTime);
    const QPointer<HttpSocket> self(this);
    m_wire.write(response);
    m_wire.flush();
    if (self && m_state == State::Closing)
        lingerWhenSent();
}

/// Limits what a plain wire reads ahead. TLS has no half-close that reading could notice, so it reads on.
void HttpSocket::setReading(qint64 limit)
{
    if (!m_tls)
        m_wire.setReadBufferSize(limit);
}

/// Bytes not sent yet, encrypted or not.
qint64 HttpSocket::unsent() const
{
    return m_wire.bytesToWrite() + (m_tls ? m_tls->encryptedBytesToWrite() : 0);
}

void HttpSocket::lingerWhenSent()
{
    if (unsent() > 0)
        return;
    setReading(readSome);
    m_wire.skip(m_wire.bytesAvailable());
    if (m_wire.state() != QAbstractSocket::ConnectedState) {
        finish();
        return;
    }
    setState(State::Lingering, m_limits.lingerTime);
    // TLS ends with a close_notify, which Qt sends only when it closes both directions. It is left out while
    // the peer may still be sending.
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
    m_stream.reset();
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
        m_hangUpWanted = true; // closes after the answer
    } else if (m_state == State::Reading) {
        setState(State::Closing, m_limits.idleTime);
        lingerWhenSent();
    }
}

void HttpSocket::close()
{
    disconnectFromHost();
    // QAbstractSocket::close() would use its own descriptor, which this socket does not have.
    QIODevice::close(); // NOLINT(bugprone-parent-virtual-call)
}

qint64 HttpSocket::readData(char *data, qint64 maxSize)
{
    const qsizetype size = std::min<qsizetype>(maxSize, m_request.size());
    std::memcpy(data, m_request.constData(), static_cast<size_t>(size));
    m_request.remove(0, size);
    return size; // 0: no data now; -1 would mean the end
}

qint64 HttpSocket::readLineData(char *data, qint64 maxSize)
{
    // Uses readData(), as skipData() does.
    return QIODevice::readLineData(data, maxSize); // NOLINT(bugprone-parent-virtual-call)
}

qint64 HttpSocket::skipData(qint64 maxSize)
{
    return QIODevice::skipData(maxSize); // NOLINT(bugprone-parent-virtual-call)
}

qint64 HttpSocket::writeData(const char *data, qint64 size)
{
    if (m_state != State::Answering)
        return -1; // this request has been answered already
    m_response.append(data, size);
    return size;
}

} // namespace frpx::server
