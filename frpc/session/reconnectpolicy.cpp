// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/reconnectpolicy.h"

#include <QRandomGenerator>

#include <algorithm>

namespace frpx::client {

ReconnectPolicy::ReconnectPolicy(Random random)
    : m_random(
        random ? std::move(random) : Random([] { return QRandomGenerator::global()->generateDouble(); }))
{ }

qint64 ReconnectPolicy::nextDelayMs()
{
    constexpr int doublingsToLongest = 5;
    const qint64 delay = std::min(longestMs, firstMs << std::min(m_failures, doublingsToLongest));
    ++m_failures;
    return delay - static_cast<qint64>(m_random() * static_cast<double>(delay) / 2);
}

} // namespace frpx::client
