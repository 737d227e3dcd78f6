// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <optional>

namespace frpx::gui {

/// Decides which changes of a connection are reported: a loss that lasts, and the return after such a loss. A
/// value class; times are milliseconds of a steady clock.
class LinkNotifier
{
public:
    static constexpr qint64 blipMs = 5000; ///< shorter losses are not reported

    enum class News { Lost, Restored };

    /// \a wanted: the person wants to be connected. A disconnect on purpose is no loss.
    std::optional<News> update(bool online, bool wanted, qint64 now);
    /// Returns when to call update() again although nothing has happened.
    std::optional<qint64> nextDue() const;

private:
    std::optional<qint64> m_lostAt; ///< set while a connection that was online is lost
    bool m_wasOnline = false;
    bool m_told = false; ///< the loss has been reported
};

} // namespace frpx::gui
