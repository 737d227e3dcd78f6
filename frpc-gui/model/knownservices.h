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
    QString healthPath = {}; ///< what it answers well in HTTP; empty: not known
};

/// In the order in which they are offered.
std::span<const KnownService> knownServices();

struct Profile;

/// Has the service behind the server's public port checked if it is one that is known to answer, which also
/// shows whether it refuses the server's name; and not any more if it was such a one. A check that a person
/// has set stays.
void checkKnownService(Profile &profile);

} // namespace frpx::gui
