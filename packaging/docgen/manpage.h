// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/programhelp.h"

namespace frpx::docgen {

/// \a text for groff: what it would take for a command stands there as it is.
QString roff(const QString &text);

/// The manual page of a program (section 1). \a summary is what `apropos` shows; \a more is roff: the
/// sections that no option tells, placed behind the options.
QString programPage(const ProgramHelp &help, const QString &summary, const QString &more);

/// The manual page of a program's configuration file (section 5): all keys, and \a example as it is.
QString filePage(const ProgramHelp &help, const QString &example);

} // namespace frpx::docgen
