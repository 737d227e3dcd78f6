// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

class QSize;
class QWidget;

namespace frpx::test {

/// Why \a widget does not show all of its text; empty: it does.
QString cutOff(const QWidget *widget);
/// Whether a part of \a widget can neither be seen nor be scrolled to.
bool isOutside(const QWidget *widget);
QString sizes(QSize is, QSize wanted);

} // namespace frpx::test
