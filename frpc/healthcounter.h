// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

namespace frpx::client {

/// Makes a state of single results: it changes only after several in a row that speak against it, so that one
/// lost check does no harm. Healthy until proven otherwise. A value class without clock.
class HealthCounter
{
public:
    /// So many good results in a row make it healthy, so many bad ones unhealthy; less than 1 counts as 1.
    HealthCounter(int rise, int fall);

    bool isHealthy() const { return m_healthy; }
    /// Counts one result. \return true when it has changed the state.
    bool add(bool good);

private:
    int m_rise;
    int m_fall;
    bool m_healthy = true;
    int m_against = 0; ///< results in a row that speak against the present state
};

} // namespace frpx::client
