// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

#include <span>

namespace frpx::gui {

/// A service that people often want to expose.
struct KnownService
{
    quint16 port;
    QString name; ///< of the product: not translated
    QString tunnel; ///< what its tunnel may be called
};

/// In the order in which they are offered.
std::span<const KnownService> knownServices();

} // namespace frpx::gui
