// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "tests/support/sockets.h"

#include <QByteArray>
#include <QString>

#include <memory>

struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;

namespace frpx::test {

/// A blocking TLS client on loopback that gives up after ten seconds. May be used from any thread, by one at
/// a time.
class TlsUser
{
public:
    /// Trusts what leads to \a caPem, for the name "localhost".
    explicit TlsUser(const QByteArray &caPem);
    ~TlsUser();
    TlsUser(const TlsUser &) = delete;
    TlsUser &operator=(const TlsUser &) = delete;

    /// At most this version, such as TLS1_2_VERSION.
    void setMaxVersion(int version);

    /// Connects, sends \a before in plain, and shakes hands. Again: resumes the session before, if it may.
    bool open(quint16 port, const QByteArray &before = {});
    /// Shakes hands on \a fd.
    bool secure(Fd fd);
    QString error() const { return m_error; }
    bool isResumed() const;
    int version() const;
    /// In hex.
    QByteArray serverSha256() const;

    bool send(QByteArrayView bytes);
    /// \a size bytes, or fewer if the stream ends.
    QByteArray receive(qsizetype size);
    /// Everything until the stream ends.
    QByteArray receiveAll();
    /// Has it ended in order (close_notify)? After a receive that came short.
    bool endedInOrder() const { return m_endedInOrder; }
    /// Ends this way (close_notify, then FIN); the other one stays open.
    bool endSending();
    /// Closes without a word of TLS.
    void close();
    /// Closes by a reset.
    void abort();

private:
    void keepSession();

    ssl_ctx_st *m_context;
    ssl_st *m_ssl = nullptr;
    ssl_session_st *m_session = nullptr;
    Fd m_fd;
    QString m_error;
    bool m_endedInOrder = false;
};

} // namespace frpx::test
