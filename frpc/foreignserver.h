// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frpc/tlssettings.h"

#include <optional>

namespace frpx::client {

// What to say when the control port of a server is given wrongly, or cannot be spoken to safely.

/// The control port as it was given, and the other ports of the same server.
struct ServerPorts
{
    QString host;
    quint16 port = 0;
    quint16 proxyPort = 17001;
    bool isThroughProxy = false; ///< there is an outbound proxy on the way
};

/// Somebody else listens there, who speaks \a protocol. Errc::UnexpectedMessage, which is not right again in
/// a second.
Error foreignPort(const ServerPorts &server, QStringView protocol);
/// It says \a bytes before it has been asked anything, which no server does. Errc::UnexpectedMessage.
Error speaksFirst(const ServerPorts &server, QByteArrayView bytes);
/// TLS has failed for \a reason, and the peer's first bytes were \a bytes: foreignPort() or Errc::TlsFailed.
Error noTls(const ServerPorts &server, QByteArrayView bytes, const QString &reason);
/// \a error ended the link before its first message: the same, and what it may mean.
Error withoutAnswer(const ServerPorts &server, const Error &error);

/// What is in the clear on the way to \a server, if it is; null for an encrypted link, and within this
/// machine.
std::optional<QString> warnOfClearText(const TlsSettings &tls, const ServerPorts &server, bool byToken);

} // namespace frpx::client
