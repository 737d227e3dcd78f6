// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

namespace frpx {

/// True when a person may be typing on standard input.
bool stdinIsTerminal();

/// Asks, and waits for one line from standard input, whether that is a terminal or a pipe. The question is
/// shown on the terminal of standard input; without one on standard error, if that is a terminal; else not.
/// Blocks: for one-shot programs and the start of a program, one call at a time. Reads no further than the
/// end of the line (of which a carriage return is part), so that the next question finds the next line.
///
/// Errc::NotFound when the input has ended, Errc::InvalidArgument for more than 4096 bytes (the rest stays
/// unread) or invalid UTF-8, Errc::Io "interrupted" when a signal asked the process to end. Such a signal is
/// delivered again once the terminal is as it was, so its usual handler or the default still applies.
Result<QString> promptLine(const QString &prompt);

/// The same for a secret: a terminal does not show what is typed, and shows it again on every way out.
Result<QString> promptPassword(const QString &prompt);

} // namespace frpx
