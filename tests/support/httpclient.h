// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/sockets.h"

#include <QByteArray>
#include <QString>

namespace frpx::test {

/// What came back for one request.
struct HttpReply
{
    QString error; ///< why there is no whole answer; empty when there is one
    int status = 0;
    QByteArray head;
    QByteArray body; ///< empty when only hashed
    quint64 bodySize = 0;
    QByteArray sha256; ///< of the body, in hex, when hashed
    qint64 firstDifference = -1; ///< where a hashed body leaves the pattern

    bool isOk() const { return error.isEmpty() && status == 200; }
};

/// A blocking HTTP/1.1 client for loopback, one connection per request. May be used from any thread.
class HttpClient
{
public:
    enum class Body { Keep, Hash };

    explicit HttpClient(quint16 port)
        : m_port(port)
    { }

    void setConnectTimeout(int ms) { m_connectMs = ms; }
    void setTimeout(int ms) { m_totalMs = ms; }

    HttpReply get(const QByteArray &path, Body body = Body::Keep) const;
    HttpReply send(const QByteArray &method, const QByteArray &path) const;
    HttpReply post(const QByteArray &path, const QByteArray &body) const;
    /// Sends the first \a size bytes of the pattern as the body.
    HttpReply postPattern(const QByteArray &path, quint64 size) const;

private:
    HttpReply request(const QByteArray &head, quint64 patternSize, Body body) const;

    quint16 m_port;
    int m_connectMs = 5'000;
    int m_totalMs = 30'000;
};

} // namespace frpx::test
