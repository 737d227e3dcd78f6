// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/activelogins.h"

#include <algorithm>

namespace frpx::server {

constexpr size_t minTidyAt = 16;

std::shared_ptr<void> ActiveLogins::hold(const LoginRef &login)
{
    if (login.tokenId == 0)
        return nullptr;
    if (auto held = find(login.tokenId))
        return held;
    if (m_logins.size() >= m_tidyAt) {
        std::erase_if(m_logins, [](const auto &entry) { return entry.second.expired(); });
        m_tidyAt = std::max(minTidyAt, m_logins.size() * 2);
    }
    auto held = std::make_shared<LoginRef>(login);
    m_logins[login.tokenId] = held;
    return held;
}

std::shared_ptr<void> ActiveLogins::find(qint64 tokenId) const
{
    const auto it = m_logins.find(tokenId);
    return it == m_logins.end() ? nullptr : it->second.lock();
}

std::vector<LoginRef> ActiveLogins::all() const
{
    std::vector<LoginRef> logins;
    for (const auto &[tokenId, login] : m_logins) {
        if (const auto held = login.lock())
            logins.push_back(*held);
    }
    return logins;
}

} // namespace frpx::server
