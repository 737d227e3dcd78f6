// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/linknotifier.h"

#include <utility>

namespace frpx::gui {

std::optional<LinkNotifier::News> LinkNotifier::update(bool online, bool wanted, qint64 now)
{
    if (!wanted) {
        *this = {};
        return std::nullopt;
    }
    if (online) {
        m_wasOnline = true;
        m_lostAt.reset();
        return std::exchange(m_told, false) ? std::optional(News::Restored) : std::nullopt;
    }
    if (m_wasOnline && !m_lostAt)
        m_lostAt = now;
    if (m_lostAt && !m_told && now - *m_lostAt >= blipMs) {
        m_told = true;
        return News::Lost;
    }
    return std::nullopt;
}

std::optional<qint64> LinkNotifier::nextDue() const
{
    return m_lostAt && !m_told ? std::optional(*m_lostAt + blipMs) : std::nullopt;
}

} // namespace frpx::gui
