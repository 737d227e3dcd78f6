// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

namespace frpx {

/// Whether standard input is a terminal.
bool stdinIsTerminal();

/// Asks a question and waits for one line from standard input, which may be a terminal or a pipe. The
/// question is shown on the terminal of standard input; without one on standard error, if that is a terminal;
/// otherwise not at all. Blocks: for one-shot programs and the start of a program, one call at a time. Reads
/// only to the end of the line (including a carriage return), so that the next question gets the next line.
///
/// Errc::NotFound when the input has ended, Errc::InvalidArgument for more than 4096 bytes (the rest stays
/// unread) or invalid UTF-8, Errc::Io "interrupted" when a signal to end the process was received. The signal
/// is raised again once the terminal is restored, so its handler or the default applies.
Result<QString> promptLine(const QString &prompt);

/// The same for a secret: the terminal does not show the typed text, and is restored in every case.
Result<QString> promptPassword(const QString &prompt);

} // namespace frpx
