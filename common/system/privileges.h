// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

namespace frpx {

/// An account of the operating system.
struct SystemUser
{
    quint32 id = 0;
    quint32 group = 0;
};

/// Whether this process may do everything.
bool isPrivileged();

/// Errc::NotFound when there is no such account; Errc::InvalidArgument for one that may do everything itself,
/// and where the system has no such accounts.
Result<SystemUser> findSystemUser(const QString &name);

/// Gives the directory \a path and the files in it, which this process has made or is about to use, to \a
/// user. Links, directories within, and files that have a second name are left alone. Errc::Io.
Result<void> giveDirectoryTo(const QString &path, const SystemUser &user);

/// Becomes \a user for good, with no other groups, in all threads, and makes sure that there is no way back.
/// Errc::Io: the process may then be anything, and is best ended.
Result<void> becomeUser(const SystemUser &user);

} // namespace frpx
