// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaymeter.h"

#include <algorithm>
#include <iterator>

namespace frpx::server {

/// The streams of one client, identified by the meters that count them: one for each pool the client is in,
/// and those of its earlier sessions whose streams go on. RelayPool::cut() takes a meter as key, so this
/// needs no memory per stream.
class ClientStreams
{
public:
    void add(std::shared_ptr<RelayMeter> meter)
    {
        if (m_meters.size() >= m_tidyAt) {
            std::erase_if(m_meters, [](const auto &each) { return each.use_count() == 1; });
            m_tidyAt = std::max(minTidyAt, m_meters.size() * 2);
        }
        m_meters.push_back(std::move(meter));
    }
    /// Adds the meters of \a other that are in use.
    void add(const ClientStreams &other)
    {
        for (const auto &meter : other.underWay())
            add(meter);
    }

    /// The meters that count a stream, or a visitor that is about to get one.
    std::vector<std::shared_ptr<RelayMeter>> underWay() const
    {
        std::vector<std::shared_ptr<RelayMeter>> busy;
        std::copy_if(m_meters.begin(), m_meters.end(), std::back_inserter(busy), isBusy);
        return busy;
    }
    bool areUnderWay() const { return std::any_of(m_meters.begin(), m_meters.end(), isBusy); }

    /// Meters remembered; at most about twice those in use.
    size_t size() const { return m_meters.size(); }

private:
    static constexpr size_t minTidyAt = 16;

    static bool isBusy(const std::shared_ptr<RelayMeter> &meter)
    {
        return meter->open.load(std::memory_order_relaxed) + meter->claimed.load(std::memory_order_relaxed)
            > 0;
    }

    std::vector<std::shared_ptr<RelayMeter>> m_meters; // shared with the pools and the relays
    size_t m_tidyAt = minTidyAt;
};

} // namespace frpx::server
