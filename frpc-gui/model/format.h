// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

/// Figures for people, in the system's way of writing numbers.
namespace frpx::gui {

QString bytesText(quint64 bytes); ///< "3.2 MB"
QString rateText(double bytesPerSecond); ///< "3.2 MB/s"
QString percentText(double percent); ///< "42 %"
/// "2 h 10 min"; the two largest units.
QString durationText(qint64 ms);

} // namespace frpx::gui
