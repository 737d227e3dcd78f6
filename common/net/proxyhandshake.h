// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/outboundproxy.h"

#include <QByteArray>

namespace frpx {

/// The client's side of the handshake with an outbound proxy, until the proxy has connected it to the server:
/// bytes in, bytes out. A value without a socket or clock. Its buffers are bounded.
class ProxyHandshake
{
public:
    enum class Progress {
        Waiting, ///< needs more bytes
        Done, ///< the connection leads to the server
        Failed, ///< see error()
    };

    explicit ProxyHandshake(net::ProxyRequest request);

    /// The bytes to send now; empty: none.
    bool hasOutput() const { return !m_output.isEmpty(); }
    QByteArray takeOutput() { return std::exchange(m_output, {}); }
    /// Takes bytes of the proxy. No bytes may follow its last answer, as the server waits for the client.
    Progress feed(QByteArrayView bytes);
    /// After Failed: Errc::ConnectFailed if the proxy cannot reach the server; Errc::Forbidden if it refuses;
    /// Errc::UnexpectedMessage if it is no such proxy.
    const Error &error() const { return m_error; }

private:
    enum class State { HttpHead, SocksMethod, SocksLogin, SocksReply, Over };

    QString target() const;
    QString proxyName() const { return QStringLiteral("the proxy ") + m_request.proxy.toString(); }
    Progress readHttp();
    Progress readSocksMethod();
    Progress readSocksLogin();
    Progress readSocksReply();
    void askSocks();
    Progress finish(qsizetype size);
    Progress fail(Errc code, const QString &detail);

    const net::ProxyRequest m_request;
    State m_state;
    QByteArray m_output;
    QByteArray m_received;
    Error m_error{Errc::ConnectFailed, {}};
};

} // namespace frpx
