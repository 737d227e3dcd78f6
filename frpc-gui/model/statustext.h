// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/session/sessionstatus.h"

#include <QString>

namespace frpx::gui {

/// The four states a person has to tell apart at a glance.
enum class StatusLevel {
    Off, ///< nobody wants to be connected
    Connecting, ///< on the way, or trying again by itself
    Connected,
    Attention, ///< something waits for a person
};

/// A link's state in words.
struct StatusText
{
    StatusLevel level = StatusLevel::Off;
    QString title; ///< what is the case
    QString detail; ///< what has failed; may be empty
    QString advice; ///< what to do about it; may be empty
};

/// \a server is what the person calls it, \a address where it is looked for ("host:port").
StatusText describe(const SessionStatus &status, const QString &server, const QString &address);

/// "Connected", "Attention needed" …
QString levelName(StatusLevel level);
/// The state of one tunnel: "open", "refused: …".
QString phaseText(const TunnelStatus &tunnel);

} // namespace frpx::gui
