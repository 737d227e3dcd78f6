// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/store/accountstore.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace frpx::server {

/// The logins on which something runs: sessions, and relays, which may outlive the session they began in. So
/// that all of it can be ended when a login is good no more.
class ActiveLogins
{
public:
    /// What stands for \a login as long as somebody has it. Null for one that is bound to no token: it does
    /// not end.
    std::shared_ptr<void> hold(const LoginRef &login);
    /// As hold() has given it; null when nobody has it any more.
    std::shared_ptr<void> find(qint64 tokenId) const;
    /// All that somebody has.
    std::vector<LoginRef> all() const;

    /// Logins remembered; at most about twice those in use.
    size_t size() const { return m_logins.size(); }

private:
    std::unordered_map<qint64, std::weak_ptr<LoginRef>> m_logins; ///< by token
    size_t m_tidyAt = 16;
};

} // namespace frpx::server
