// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <functional>

namespace frpx::client {

/// The delay before the next attempt: 1 s, doubling up to 30 s, each reduced at random by up to half, so that
/// the clients of a restarted server do not reconnect at the same time. A value class without a clock.
class ReconnectPolicy
{
public:
    static constexpr qint64 firstMs = 1000;
    static constexpr qint64 longestMs = 30'000;

    /// \a random returns a number from 0 to 1; the default is Qt's global generator.
    using Random = std::function<double()>;
    /// \a first is the first delay in milliseconds.
    explicit ReconnectPolicy(Random random = {}, qint64 first = firstMs);

    /// The delay before the next attempt, in milliseconds; each call counts as a failed attempt.
    qint64 nextDelayMs();

    /// An attempt has succeeded: the next delay is the shortest again.
    void reset() { m_failures = 0; }

    /// Attempts failed since the last success.
    int failures() const { return m_failures; }

private:
    Random m_random;
    qint64 m_firstMs;
    int m_failures = 0;
};

} // namespace frpx::client
