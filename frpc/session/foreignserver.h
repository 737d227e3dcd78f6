// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/net/outboundproxy.h"
#include "frpc/trust/tlssettings.h"

#include <optional>

namespace frpx::client {

// Error texts for a wrong control port, and warnings about a server without a safe connection.

/// The address of a server.
struct ServerTarget
{
    QString host; ///< a name, which is looked up for each attempt, or an address
    quint16 port = 0; ///< the control port
    quint16 proxyPort = 17001;
    std::optional<net::OutboundProxy> proxy = {}; ///< the outbound proxy; empty: a direct connection
};

/// The peer uses \a protocol and is no frps. Errc::UnexpectedMessage: a retry after a second does not help.
Error foreignPort(const ServerTarget &server, QStringView protocol);
/// The peer has sent \a bytes before the login, which frps never does. Errc::UnexpectedMessage.
Error speaksFirst(const ServerTarget &server, QByteArrayView bytes);
/// TLS has failed for \a reason, and the peer's first bytes were \a bytes: foreignPort() or Errc::TlsFailed.
Error noTls(const ServerTarget &server, QByteArrayView bytes, const QString &reason);
/// \a error ended the link before the first message: the same error with a possible cause.
Error withoutAnswer(const ServerTarget &server, const Error &error);

/// A warning that names what is sent in clear text to \a server; empty for an encrypted link, and within this
/// machine.
std::optional<QString> warnOfClearText(const TlsSettings &tls, const ServerTarget &server, bool byToken);

} // namespace frpx::client
