// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/error.h"
#include "common/system/systemprobe.h"
#include "frpc/clientsession.h"

#include <QHash>
#include <QList>

#include <optional>

namespace frpx::gui {

/// How far one tunnel is. The default tunnel has an empty name.
struct TunnelStatus
{
    enum class Phase {
        Waiting, ///< until the session is online, or the server answers
        Open,
        Refused, ///< by the server, which is asked again at nextAttemptMs; or it makes no sense
        Closed, ///< it has ended: its limits, or the administrator
    };

    QString name;
    Phase phase = Phase::Waiting;
    quint16 port = 0; ///< of the server, if open; 0: unknown
    QString reason; ///< of the server, unless open
    qint64 nextAttemptMs = 0; ///< if refused: when (milliseconds since 1970); 0: it is not asked again
    std::optional<bool> serviceAnswers; ///< nothing: not known yet
    QString serviceFault; ///< why it does not
    QString serviceWarning = {}; ///< what is not right with it although it answers; may be empty
};

/// What is known of the link to one server. A value that crosses threads.
struct SessionStatus
{
    client::ClientSession::State state = client::ClientSession::State::Idle;
    std::optional<Error> error; ///< why it is not online
    std::optional<Error> configFault; ///< why the profile makes no sense to frpc: nothing is tried
    /// What the server has shown and is not trusted (yet). The one accepted before, if it is another, is in
    /// certificate->remembered.
    std::optional<client::ServerCertificate> certificate;
    qint64 nextAttemptMs = 0; ///< while waiting: when (milliseconds since 1970)
    QList<TunnelStatus> tunnels; ///< in the order of the configuration, the default one first
};

/// What the users of one tunnel have carried.
struct TunnelTraffic
{
    qint64 open = 0; ///< now
    quint64 total = 0; ///< so far, those that are open included
    quint64 toService = 0; ///< bytes
    quint64 toUser = 0; ///< bytes
};

/// By the tunnel's name; "" is the default one.
using TrafficSample = QHash<QString, TunnelTraffic>;

} // namespace frpx::gui
