// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/programhelp.h"

#include <optional>

namespace frpx::gui {

/// What frpc-gui can be told on its command line.
struct GuiOptions
{
    QString directory; ///< of settings and profiles
    bool minimized = false;
    QString profile; ///< the name of the one to show and to connect
    QString screenshotDirectory; ///< render each page there, and end; empty: do not
    QStringList files; ///< to import
    std::optional<QString> text; ///< asked for by --help or --version: print it, and end

    /// For a second start to hand over, and back.
    QByteArray toMessage() const;
    static GuiOptions fromMessage(const QByteArray &message);
};

/// The options in \a arguments, of which the first is the program. Errc::InvalidArgument for what makes no
/// sense.
Result<GuiOptions> parseGuiArguments(const QStringList &arguments);

/// For the manual page and the completions.
ProgramHelp guiHelp();

} // namespace frpx::gui
