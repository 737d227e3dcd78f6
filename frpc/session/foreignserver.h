// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frpc/trust/tlssettings.h"

#include <optional>

namespace frpx::client {

// Error texts for a wrong control port, and warnings about a server without a safe connection.

/// The control port that was given, and the other ports of the same server.
struct ServerPorts
{
    QString host;
    quint16 port = 0;
    quint16 proxyPort = 17001;
    bool isThroughProxy = false; ///< the connection leads through an outbound proxy
};

/// The peer uses \a protocol and is no frps. Errc::UnexpectedMessage: a retry after a second does not help.
Error foreignPort(const ServerPorts &server, QStringView protocol);
/// The peer has sent \a bytes before the login, which frps never does. Errc::UnexpectedMessage.
Error speaksFirst(const ServerPorts &server, QByteArrayView bytes);
/// TLS has failed for \a reason, and the peer's first bytes were \a bytes: foreignPort() or Errc::TlsFailed.
Error noTls(const ServerPorts &server, QByteArrayView bytes, const QString &reason);
/// \a error ended the link before the first message: the same error with a possible cause.
Error withoutAnswer(const ServerPorts &server, const Error &error);

/// A warning that names what is sent in clear text to \a server; empty for an encrypted link, and within this
/// machine.
std::optional<QString> warnOfClearText(const TlsSettings &tls, const ServerPorts &server, bool byToken);

} // namespace frpx::client
