// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

namespace frpx::client {

/// How the local service is checked, and how many results change its state.
struct HealthCheck
{
    enum class Kind { None, Tcp, Http };

    Kind kind = Kind::None;
    QByteArray path = QByteArrayLiteral("/"); ///< as in the request line: printable ASCII, no space
    int minStatus = 200; ///< the lowest status that counts as good
    int maxStatus = 399; ///< the highest status that counts as good; equal to minStatus for one exact status
    int intervalMs = 10'000; ///< from the start of a check to the start of the next
    int timeoutMs = 3'000; ///< for a whole check; cut to nine tenths of the interval if it is not shorter
    int rise = 2; ///< good checks in a row that make an unhealthy service healthy
    int fall = 3; ///< bad checks in a row that make a healthy service unhealthy
};

} // namespace frpx::client
