// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

/// Formats figures for display, with the system's number format.
namespace frpx::gui {

QString bytesText(quint64 bytes); ///< "3.2 MB"
QString rateText(double bytesPerSecond); ///< "3.2 MB/s"
QString percentText(double percent); ///< "42 %"
/// The two largest units, such as "2 h 10 min".
QString durationText(qint64 ms);

} // namespace frpx::gui
