// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

namespace frpx::client {

/// Derives a state from single results: the state changes only after several contrary results in a row, so
/// that one lost check has no effect. Healthy at first. A value class without a clock.
class HealthCounter
{
public:
    /// \a rise good results in a row make the state healthy, \a fall bad ones unhealthy; less than 1 counts
    /// as 1.
    HealthCounter(int rise, int fall);

    bool isHealthy() const { return m_healthy; }
    /// Counts one result. \return true when the state has changed.
    bool add(bool good);

private:
    int m_rise;
    int m_fall;
    bool m_healthy = true;
    int m_against = 0; ///< results in a row that contradict the state
};

} // namespace frpx::client
