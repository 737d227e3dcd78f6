// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/programhelp.h"

namespace frpx::docgen {

/// Escapes \a text for groff, so that no part of it is taken for a command.
QString roff(const QString &text);

/// The manual page of a program (section 1). \a summary is for `apropos`; \a more is roff: further sections,
/// after the options.
QString programPage(const ProgramHelp &help, const QString &summary, const QString &more);

/// The manual page of a program's configuration file (section 5): all keys, and \a example as an example.
QString filePage(const ProgramHelp &help, const QString &example);

} // namespace frpx::docgen
