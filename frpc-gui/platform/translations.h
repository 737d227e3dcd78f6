// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

class QLocale;

namespace frpx::gui {

/// Installs the available translations for \a locale: those of frpx, and Qt's where they are installed.
/// English otherwise.
void installTranslations(const QLocale &locale);

} // namespace frpx::gui
