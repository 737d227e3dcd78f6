// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/library/hookboard.h"

#include <utility>

namespace frpx::server {

void HookBoard::setWaker(std::function<void()> wake)
{
    const std::scoped_lock lock(m_mutex);
    m_wake = std::move(wake);
}

void HookBoard::post(UserGone user)
{
    const std::scoped_lock lock(m_mutex);
    m_news.gone.push_back(std::move(user));
    wake();
}

void HookBoard::postAbort(quint64 tunnel, const QString &reason)
{
    const std::scoped_lock lock(m_mutex);
    m_news.aborted.try_emplace(tunnel, reason);
    wake();
}

HookBoard::News HookBoard::take()
{
    const std::scoped_lock lock(m_mutex);
    m_woken = false;
    return std::exchange(m_news, News());
}

void HookBoard::wake()
{
    if (m_wake && !std::exchange(m_woken, true))
        m_wake();
}

} // namespace frpx::server
