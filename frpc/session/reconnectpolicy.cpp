// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/reconnectpolicy.h"

#include <QRandomGenerator>

#include <algorithm>

namespace frpx::client {

ReconnectPolicy::ReconnectPolicy(Random random, qint64 first)
    : m_random(
        random ? std::move(random) : Random([] { return QRandomGenerator::global()->generateDouble(); }))
    , m_firstMs(first)
{ }

qint64 ReconnectPolicy::nextDelayMs()
{
    constexpr int maxDoublings = 15; // so that the product stays a number
    const qint64 delay = std::min(longestMs, m_firstMs << std::min(m_failures, maxDoublings));
    ++m_failures;
    return delay - static_cast<qint64>(m_random() * static_cast<double>(delay) / 2);
}

} // namespace frpx::client
