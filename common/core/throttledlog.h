// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/logging.h"
#include "common/core/logthrottle.h"

namespace frpx {

/// Writes \a text, or counts it: see LogThrottle. Every line that a peer or a dead service can cause goes
/// this way, so that none of them can fill the log. What was counted is written when the second is over. From
/// any thread, and for the whole process, like the log itself.
void logThrottled(const LogKind &kind, const QString &text, const QString &subject = {});

/// Forgets what was written and counted. For tests, each of which wants to see its lines.
void forgetThrottledLines();

} // namespace frpx
