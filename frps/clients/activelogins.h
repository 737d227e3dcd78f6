// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/store/accountstore.h"

#include <memory>
#include <unordered_map>
#include <vector>

namespace frpx::server {

/// The logins that are in use by sessions, and by relays, which may outlive their session. All of them can be
/// ended when a login ends.
class ActiveLogins
{
public:
    /// Represents \a login; the login is in use while a copy exists. Null for a login without a token: it
    /// does not end.
    std::shared_ptr<void> hold(const LoginRef &login);
    /// The object that hold() has returned; null if it is not in use any more.
    std::shared_ptr<void> find(qint64 tokenId) const;
    /// All logins in use.
    std::vector<LoginRef> all() const;

    /// Logins remembered; at most about twice those in use.
    size_t size() const { return m_logins.size(); }

private:
    std::unordered_map<qint64, std::weak_ptr<LoginRef>> m_logins; ///< by token
    size_t m_tidyAt = 16;
};

} // namespace frpx::server
