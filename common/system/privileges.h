// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QStringList>

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

/// For root: makes the directory \a path if it is missing, and gives it and root's files in it to \a user.
/// Links, directories within, and files that have a second name are left alone. So is everything where
/// somebody else than root has a say in what \a path means: that is for \a user to use as it can. Errc::Io.
Result<void> giveDirectoryTo(const QString &path, const SystemUser &user);

/// Can this process, with the rights it acts with, read, write and make files in \a path? On a read-only
/// disk, where nobody can write: read.
bool canUseDirectory(const QString &path);

/// No program that this process starts, now or later, gets more rights than it has. Called before there are
/// threads, it holds in all of them.
void forbidNewPrivileges();

/// For root: acts as \a user from now on, with no other groups, in all threads, but where a RootRights says
/// otherwise. becomeUser() has to follow. Errc::Io: the process may then be anything, and is best ended.
Result<void> actAsUser(const SystemUser &user);

/// For root: actAsUser() with the owner of the directory \a path, if that is there and not root's; for
/// programs that work in it and end. Errc::Io.
Result<void> actAsOwnerOf(const QString &path);

/// After actAsUser(), and before becomeUser(), this thread may open ports below 1024 and read root's files as
/// long as this is there (elsewhere than on Linux: all threads may do everything). At all other times it does
/// nothing.
class RootRights
{
public:
    RootRights();
    /// To read \a files, which the configuration names. It does nothing if the account that the process acts
    /// as has a say in what one of the names leads to, by a directory on the way or a link: it could lead to
    /// any file of root's.
    explicit RootRights(const QStringList &files);
    ~RootRights();
    Q_DISABLE_COPY_MOVE(RootRights)

private:
    bool m_isRaised = false;
};

/// After actAsUser(): becomes \a user for good, in all threads, and makes sure that there is no way back.
/// Errc::Io: the process may then be anything, and is best ended.
Result<void> becomeUser(const SystemUser &user);

} // namespace frpx
