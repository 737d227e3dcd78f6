// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/health/healthcounter.h"

#include <algorithm>

namespace frpx::client {

HealthCounter::HealthCounter(int rise, int fall)
    : m_rise(std::max(rise, 1))
    , m_fall(std::max(fall, 1))
{ }

bool HealthCounter::add(bool good)
{
    if (good == m_healthy) {
        m_against = 0;
        return false;
    }
    if (++m_against < (m_healthy ? m_fall : m_rise))
        return false;
    m_healthy = good;
    m_against = 0;
    return true;
}

} // namespace frpx::client
