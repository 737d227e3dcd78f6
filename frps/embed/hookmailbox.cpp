// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/embed/hookmailbox.h"

#include <utility>

namespace frpx::server {

void HookMailbox::setWaker(std::function<void()> wake)
{
    const std::scoped_lock lock(m_mutex);
    m_wake = std::move(wake);
}

void HookMailbox::post(VisitorGone visitor)
{
    const std::scoped_lock lock(m_mutex);
    m_news.gone.push_back(std::move(visitor));
    wake();
}

void HookMailbox::postAbort(quint64 tunnel, const QString &reason)
{
    const std::scoped_lock lock(m_mutex);
    m_news.aborted.try_emplace(tunnel, reason);
    wake();
}

HookMailbox::News HookMailbox::take()
{
    const std::scoped_lock lock(m_mutex);
    m_woken = false;
    return std::exchange(m_news, News());
}

void HookMailbox::wake()
{
    if (m_wake && !std::exchange(m_woken, true))
        m_wake();
}

} // namespace frpx::server
