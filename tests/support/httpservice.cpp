// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpservice.h"

#include "tests/support/pattern.h"

#include <QCryptographicHash>
#include <QHostAddress>
#include <QList>
#include <QSysInfo>

#include <array>

#include <sys/epoll.h>
#include <sys/socket.h>

using namespace Qt::StringLiterals;

namespace frpx::test {

namespace {
constexpr qsizetype maxHead = qsizetype(8) * 1024;
constexpr size_t pieceSize = 262'144;
constexpr int piecesPerTurn = 8;

/// Whom an Ollama 0.24 on a loopback address answers: recorded from a real one.
bool ollamaTakes(const QByteArray &hostField)
{
    QByteArray host = hostField.trimmed().toLower();
    if (host.startsWith('['))
        host = host.mid(1, host.indexOf(']') - 1);
    else if (const qsizetype colon = host.indexOf(':'); colon >= 0)
        host.truncate(colon);
    const QHostAddress address(QString::fromLatin1(host));
    if (!address.isNull())
        return address.isLoopback() || address.isUniqueLocalUnicast()
            || address.isInSubnet(QHostAddress(u"10.0.0.0"_s), 8)
            || address.isInSubnet(QHostAddress(u"172.16.0.0"_s), 12)
            || address.isInSubnet(QHostAddress(u"192.168.0.0"_s), 16);
    return host.isEmpty() || host == "localhost" || host.endsWith(".localhost") || host.endsWith(".local")
        || host.endsWith(".internal") || host == QSysInfo::machineHostName().toLower().toLatin1();
}
} // namespace

class HttpConnection : public PollConnection
{
public:
    HttpConnection(Fd fd, HttpService *service)
        : PollConnection(std::move(fd))
        , m_service(service)
    { }
    ~HttpConnection() override { leaveHold(); }

    bool advance() override;
    quint32 interest() const override
    {
        return (m_ended ? 0U : quint32(EPOLLIN)) | (m_state == State::Answer ? quint32(EPOLLOUT) : 0U);
    }
    bool isDue() const override { return m_state == State::Wait && mayAnswer(); }

private:
    enum class State { Head, Sink, Wait, Answer, Drain };

    bool take(QByteArrayView bytes);
    bool startRequest();
    bool answerAsOllama(const QList<QByteArray> &lines, const QByteArray &path);
    void sink(QByteArrayView bytes);
    void answer(const QByteArray &status, const QByteArray &body, quint64 patternSize = 0);
    bool writeAnswer();
    bool mayAnswer() const { return m_holding ? m_service->m_released.load() : m_due.hasExpired(); }
    void leaveHold()
    {
        if (std::exchange(m_holding, false))
            --m_service->m_held;
    }

    HttpService *m_service;
    State m_state = State::Head;
    bool m_ended = false;
    bool m_holding = false;
    QDeadlineTimer m_due;
    QByteArray m_head;
    quint64 m_expected = 0;
    quint64 m_received = 0;
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
    QByteArray m_out;
    qsizetype m_outSent = 0;
    quint64 m_patternSize = 0;
    quint64 m_patternSent = 0;
};

bool HttpConnection::advance()
{
    std::array<char, pieceSize> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init)
    for (int i = 0; i < piecesPerTurn; ++i) {
        size_t count = 0;
        const Io io = readSome(fd(), buffer.data(), buffer.size(), &count);
        if (io == Io::Failed)
            return false;
        if (io == Io::End)
            m_ended = true;
        if (io != Io::Done)
            break;
        if (!take({buffer.data(), static_cast<qsizetype>(count)}))
            return false;
    }
    if (m_ended && (m_state == State::Head || m_state == State::Sink || m_state == State::Drain))
        return false;
    if (m_state == State::Wait && mayAnswer()) {
        leaveHold();
        answer("200 OK"_ba, m_service->m_name);
    }
    return m_state != State::Answer || writeAnswer();
}

bool HttpConnection::take(QByteArrayView bytes)
{
    if (m_state == State::Sink)
        sink(bytes);
    if (m_state != State::Head)
        return true; // after the request: nothing is expected and nothing is kept
    m_head.append(bytes);
    if (m_head.size() > maxHead && m_head.indexOf("\r\n\r\n"_ba) < 0)
        return false;
    return m_head.indexOf("\r\n\r\n"_ba) < 0 || startRequest();
}

bool HttpConnection::startRequest()
{
    const qsizetype end = m_head.indexOf("\r\n\r\n"_ba);
    const QByteArray rest = m_head.sliced(end + 4);
    const QList<QByteArray> lines = m_head.first(end).split('\n');
    const QList<QByteArray> request = lines.first().trimmed().split(' ');
    if (request.size() != 3)
        return false;
    ++m_service->m_requests;
    const QByteArray &path = request.at(1);
    if (m_service->m_isOllama)
        return answerAsOllama(lines, path);
    if (request.at(0) == "POST" && path == "/sink") {
        for (const QByteArray &line : lines) {
            if (line.toLower().startsWith("content-length:"))
                m_expected = line.sliced(15).trimmed().toULongLong();
        }
        m_state = State::Sink;
        sink(rest);
    } else if (path == "/") {
        answer("200 OK"_ba, m_service->m_name);
    } else if (path.startsWith("/bytes/")) {
        answer("200 OK"_ba, {}, path.sliced(7).toULongLong());
    } else if (path.startsWith("/slow/")) {
        m_due = QDeadlineTimer(path.sliced(6).toInt());
        m_state = State::Wait;
    } else if (path == "/health") {
        ++m_service->m_healthRequests;
        answer(QByteArray::number(m_service->m_health) + " Told"_ba, m_service->m_name);
    } else if (path == "/hold") {
        m_holding = true;
        ++m_service->m_held;
        m_state = State::Wait;
    } else {
        answer("404 Not Found"_ba, "no such path"_ba);
    }
    return true;
}

bool HttpConnection::answerAsOllama(const QList<QByteArray> &lines, const QByteArray &path)
{
    QByteArray host;
    for (const QByteArray &line : lines) {
        if (line.toLower().startsWith("host:"))
            host = line.sliced(5);
    }
    if (m_service->m_checksHost && !ollamaTakes(host)) {
        ++m_service->m_refused;
        m_out = "HTTP/1.1 403 Forbidden\r\nDate: Mon, 30 Nov 2026 10:32:41 GMT\r\nContent-Length: 0\r\n"
                "Connection: close\r\n\r\n";
        m_state = State::Answer;
    } else if (path == "/") {
        answer("200 OK"_ba, "Ollama is running"_ba);
    } else if (path == "/api/version") {
        ++m_service->m_healthRequests;
        answer("200 OK"_ba, R"({"version":"0.24.0"})"_ba);
    } else if (path == "/api/tags") {
        answer("200 OK"_ba, R"({"models":[]})"_ba);
    } else {
        answer("404 Not Found"_ba, "404 page not found"_ba);
    }
    return true;
}

void HttpConnection::sink(QByteArrayView bytes)
{
    m_hash.addData(bytes);
    m_received += static_cast<quint64>(bytes.size());
    if (m_received >= m_expected)
        answer("200 OK"_ba, QByteArray::number(m_received) + ' ' + m_hash.result().toHex());
}

void HttpConnection::answer(const QByteArray &status, const QByteArray &body, quint64 patternSize)
{
    m_patternSize = patternSize;
    m_out = "HTTP/1.1 " + status + "\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n"
        + "Content-Length: " + QByteArray::number(static_cast<quint64>(body.size()) + patternSize)
        + "\r\n\r\n" + body;
    m_state = State::Answer;
}

bool HttpConnection::writeAnswer()
{
    for (int i = 0; i < piecesPerTurn; ++i) {
        size_t count = 0;
        const bool inOut = m_outSent < m_out.size();
        if (!inOut && m_patternSent == m_patternSize) {
            ::shutdown(fd().get(), SHUT_WR);
            m_state = State::Drain; // closing with unread bytes would reset the connection
            return !m_ended;
        }
        const Io io = inOut
            ? writeSome(fd(), QByteArrayView(m_out).sliced(m_outSent), &count)
            : writeSome(fd(), patternAt(m_patternSent, m_patternSize - m_patternSent), &count);
        if (io == Io::Failed)
            return false;
        if (io == Io::Again)
            return true;
        if (inOut)
            m_outSent += static_cast<qsizetype>(count);
        else
            m_patternSent += count;
    }
    return true;
}

std::unique_ptr<PollConnection> HttpService::makeConnection(Fd fd)
{
    return std::make_unique<HttpConnection>(std::move(fd), this);
}

} // namespace frpx::test
