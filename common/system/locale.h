// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

namespace frpx {

/// Services and bare machines have no locale set, and Qt complains of it at every start: they get C.UTF-8. A
/// UTF-8 locale stays. Call before the application object is made.
void useUtf8Locale();

} // namespace frpx
