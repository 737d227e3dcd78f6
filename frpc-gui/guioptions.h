// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/programhelp.h"

#include <optional>

namespace frpx::gui {

/// The command line of frpc-gui.
struct GuiOptions
{
    QString directory; ///< of settings and profiles
    bool minimized = false;
    QString profile; ///< the name of the profile to show and to connect
    QString screenshotDirectory; ///< renders each page into this directory, then ends; empty: no rendering
    QStringList files; ///< to import
    std::optional<QString> text; ///< the text of --help or --version: the program prints it and ends

    /// The form in which a second start passes its options to the first instance.
    QByteArray toMessage() const;
    static GuiOptions fromMessage(const QByteArray &message);
};

/// Parses \a arguments; the first is the program. Errc::InvalidArgument for invalid options.
Result<GuiOptions> parseGuiArguments(const QStringList &arguments);

/// Returns the options for the manual page and the completions.
ProgramHelp guiHelp();

} // namespace frpx::gui
