// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <optional>

namespace frpx::gui {

/// Decides which changes of a link are worth telling: a loss that lasts, and the return after such a loss. A
/// value class; times are milliseconds of a steady clock.
class LinkNotifier
{
public:
    static constexpr qint64 blipMs = 5000; ///< shorter losses are nobody's business

    enum class News { Lost, Restored };

    /// \a wanted: the person wants to be connected. Leaving on purpose is no loss.
    std::optional<News> update(bool online, bool wanted, qint64 now);
    /// When to call update() again though nothing happens.
    std::optional<qint64> nextDue() const;

private:
    std::optional<qint64> m_lostAt; ///< online before, and not any more
    bool m_wasOnline = false;
    bool m_told = false; ///< of the loss
};

} // namespace frpx::gui
