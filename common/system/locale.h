// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

namespace frpx {

/// Services and minimal machines have no locale, and Qt warns about it at every start: this sets C.UTF-8. A
/// UTF-8 locale is kept. Call before the application object is created.
void useUtf8Locale();

} // namespace frpx
