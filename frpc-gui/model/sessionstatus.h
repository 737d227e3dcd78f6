// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/error.h"
#include "common/system/systemprobe.h"
#include "frpc/session/serversession.h"

#include <QHash>
#include <QList>

#include <optional>

namespace frpx::gui {

/// The state of one tunnel. The default tunnel has an empty name.
struct TunnelStatus
{
    enum class Phase {
        Waiting, ///< until the session is online, or the server answers
        Open,
        Refused, ///< by the server, which is asked again at nextAttemptMs; or the settings are invalid
        Closed, ///< ended by a limit or by the administrator
    };

    QString name;
    Phase phase = Phase::Waiting;
    quint16 port = 0; ///< of the server while open; 0: unknown
    QString reason; ///< given by the server; empty while open
    /// while refused: the time of the next request (milliseconds since 1970); 0: none
    qint64 nextAttemptMs = 0;
    std::optional<bool> serviceAnswers; ///< empty: not known yet
    QString serviceFault; ///< why the service does not answer
    QString serviceWarning = {}; ///< what is wrong with the service although it answers; may be empty
};

/// The state of the connection to one server. A value that crosses threads.
struct SessionStatus
{
    client::ServerSession::State state = client::ServerSession::State::Idle;
    std::optional<Error> error; ///< why the session is not online
    std::optional<Error> configFault; ///< why frpc cannot use the profile; then no connection is tried
    /// The certificate of the server that is not trusted (yet). certificate->remembered is the accepted one,
    /// if it differs.
    std::optional<client::ServerCertificate> certificate;
    qint64 nextAttemptMs = 0; ///< while waiting: the time of the next attempt (milliseconds since 1970)
    QList<TunnelStatus> tunnels; ///< in the order of the configuration, the default tunnel first
};

/// The traffic of one tunnel.
struct TunnelTraffic
{
    qint64 open = 0; ///< open connections
    quint64 total = 0; ///< all connections, the open ones included
    quint64 toService = 0; ///< bytes
    quint64 toVisitor = 0; ///< bytes
};

/// By tunnel name; "" is the default tunnel.
using TrafficSample = QHash<QString, TunnelTraffic>;

} // namespace frpx::gui
