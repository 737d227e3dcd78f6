// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

#include <span>

namespace frpx::gui {

/// A well-known service that is often exposed.
struct KnownService
{
    quint16 port;
    QString name; ///< of the product; not translated
    QString tunnel; ///< the suggested name of its tunnel
    QString healthPath = {}; ///< a path that the service answers with success in HTTP; empty: not known
};

/// In the order in which the wizard offers them.
std::span<const KnownService> knownServices();

struct Profile;

/// Turns the HTTP health check on if the profile's local port is that of a known service with a health path,
/// and off if it was on for such a service before. The check also shows whether the service refuses the
/// server's host name. A check that the person has set stays.
void checkKnownService(Profile &profile);

} // namespace frpx::gui
