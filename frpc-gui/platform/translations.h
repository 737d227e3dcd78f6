// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

class QLocale;

namespace frpx::gui {

/// Installs what there is for \a locale: our texts, and Qt's own where they are installed. English otherwise.
void installTranslations(const QLocale &locale);

} // namespace frpx::gui
