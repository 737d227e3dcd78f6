// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/httpclient.h"

#include "tests/support/pattern.h"

#include <QCryptographicHash>
#include <QList>

#include <cstring>
#include <optional>
#include <vector>

#include <poll.h>

using namespace Qt::StringLiterals;

namespace frpx::test {

namespace {

constexpr qsizetype maxHead = qsizetype(64) * 1024;
constexpr qsizetype maxKeptBody = qsizetype(64) * 1024 * 1024;

/// Takes the answer apart as it arrives.
class ReplyReader
{
public:
    explicit ReplyReader(HttpClient::Body body)
        : m_mode(body)
    { }

    void add(QByteArrayView bytes);
    bool isComplete() const { return m_inBody && m_length && m_reply.bodySize >= *m_length; }
    /// The peer has ended the stream.
    HttpReply finish();
    HttpReply fail(const QString &why)
    {
        m_reply.error = why;
        return m_reply;
    }

private:
    void parseHead();
    void addBody(QByteArrayView bytes);

    HttpClient::Body m_mode;
    bool m_inBody = false;
    std::optional<quint64> m_length;
    QCryptographicHash m_hash{QCryptographicHash::Sha256};
    HttpReply m_reply;
};

void ReplyReader::add(QByteArrayView bytes)
{
    if (m_inBody) {
        addBody(bytes);
        return;
    }
    m_reply.head.append(bytes);
    const qsizetype end = m_reply.head.indexOf("\r\n\r\n"_ba);
    if (end < 0) {
        if (m_reply.head.size() > maxHead)
            m_reply.error = u"the head is too long"_s;
        return;
    }
    const QByteArray rest = m_reply.head.sliced(end + 4);
    m_reply.head.truncate(end);
    m_inBody = true;
    parseHead();
    addBody(rest);
}

void ReplyReader::parseHead()
{
    const QList<QByteArray> lines = m_reply.head.split('\n');
    m_reply.status = lines.first().split(' ').value(1).toInt();
    for (const QByteArray &line : lines) {
        if (line.toLower().startsWith("content-length:"))
            m_length = line.sliced(15).trimmed().toULongLong();
    }
}

void ReplyReader::addBody(QByteArrayView bytes)
{
    if (m_mode == HttpClient::Body::Keep) {
        m_reply.bodySize += static_cast<quint64>(bytes.size());
        if (m_reply.body.size() < maxKeptBody)
            m_reply.body.append(bytes);
        return;
    }
    m_hash.addData(bytes);
    while (!bytes.isEmpty()) {
        const QByteArrayView wanted = patternAt(m_reply.bodySize, static_cast<quint64>(bytes.size()));
        if (m_reply.firstDifference < 0
            && std::memcmp(wanted.data(), bytes.data(), static_cast<size_t>(wanted.size())) != 0)
            m_reply.firstDifference = static_cast<qint64>(m_reply.bodySize);
        m_reply.bodySize += static_cast<quint64>(wanted.size());
        bytes = bytes.sliced(wanted.size());
    }
}

HttpReply ReplyReader::finish()
{
    if (!m_inBody)
        return fail(m_reply.head.isEmpty() ? u"closed without an answer"_s : u"closed within the head"_s);
    if (m_length && m_reply.bodySize != *m_length)
        return fail(u"%1 of %2 bytes of the body arrived"_s.arg(m_reply.bodySize).arg(*m_length));
    if (m_mode == HttpClient::Body::Hash)
        m_reply.sha256 = m_hash.result().toHex();
    return m_reply;
}

} // namespace

HttpReply HttpClient::get(const QByteArray &path, Body body) const
{
    return request("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 0, body);
}

HttpReply HttpClient::send(const QByteArray &method, const QByteArray &path) const
{
    return request(
        method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 0, Body::Keep);
}

HttpReply HttpClient::post(const QByteArray &path, const QByteArray &body) const
{
    return request("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
            + QByteArray::number(body.size()) + "\r\n\r\n" + body,
        0, Body::Keep);
}

HttpReply HttpClient::postPattern(const QByteArray &path, quint64 size) const
{
    return request("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
            + QByteArray::number(size) + "\r\n\r\n",
        size, Body::Keep);
}

HttpReply HttpClient::request(const QByteArray &head, quint64 patternSize, Body body) const
{
    ReplyReader reader(body);
    const QDeadlineTimer deadline(m_totalMs);
    const Fd fd = connectLoopback(m_port, QDeadlineTimer(m_connectMs));
    if (!fd.isValid())
        return reader.fail(u"no connection"_s);
    qsizetype headSent = 0;
    quint64 bodySent = 0;
    std::vector<char> buffer(262'144);
    while (true) {
        const bool inHead = headSent < head.size();
        const bool sending = inHead || bodySent < patternSize;
        if (waitForEvents(fd, POLLIN | (sending ? POLLOUT : 0), deadline) == 0)
            return reader.fail(u"timed out"_s);
        size_t count = 0;
        if (sending) {
            // A failed write is no answer yet: what the peer said before it closed is still to be read.
            const Io io = inHead ? writeSome(fd, QByteArrayView(head).sliced(headSent), &count)
                                 : writeSome(fd, patternAt(bodySent, patternSize - bodySent), &count);
            if (io == Io::Done && inHead)
                headSent += static_cast<qsizetype>(count);
            else if (io == Io::Done)
                bodySent += count;
        }
        switch (readSome(fd, buffer.data(), buffer.size(), &count)) {
        case Io::Done:
            reader.add({buffer.data(), static_cast<qsizetype>(count)});
            if (reader.isComplete())
                return reader.finish();
            break;
        case Io::End:
            return reader.finish();
        case Io::Failed:
            return reader.fail(u"reset by the other side"_s);
        case Io::Again:
            break;
        }
    }
}

} // namespace frpx::test
