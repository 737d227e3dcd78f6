// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/logging.h"
#include "common/core/logthrottle.h"

namespace frpx {

/// Writes or counts \a text: see LogThrottle. Every line that a peer or a failed service can cause uses this
/// function, so that none of them can fill the log. Counted lines are reported when the second is over. From
/// any thread; the state is shared by the whole process, like the log.
void logThrottled(const LogKind &kind, const QString &text, const QString &subject = {});

/// Resets the state. For tests, each of which expects all its lines.
void forgetThrottledLines();

} // namespace frpx
