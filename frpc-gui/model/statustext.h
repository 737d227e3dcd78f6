// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/model/sessionstatus.h"

#include <QString>

namespace frpx::gui {

/// The four levels that the icons and colours show.
enum class StatusLevel {
    Off, ///< the person does not want to be connected
    Connecting, ///< the first attempt, or another after a loss
    Connected,
    Attention, ///< needs the person
};

/// The state of a connection as text.
struct StatusText
{
    StatusLevel level = StatusLevel::Off;
    QString title; ///< the state
    QString detail; ///< what has failed; may be empty
    QString advice; ///< what to do about it; may be empty
};

/// \a server is the profile's name, \a address the control port that is tried ("host:port").
StatusText describe(const SessionStatus &status, const QString &server, const QString &address);

/// "Connected", "Attention needed" …
QString levelName(StatusLevel level);
/// The state of one tunnel: "open", "refused: …".
QString phaseText(const TunnelStatus &tunnel);

} // namespace frpx::gui
