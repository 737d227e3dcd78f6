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

/// Whether this process has root's rights.
bool isPrivileged();

/// Errc::NotFound when there is no such account; Errc::InvalidArgument for one with root's rights, and on
/// systems without such accounts.
Result<SystemUser> findSystemUser(const QString &name);

/// For root: creates the directory \a path if it is missing, and gives it and root's files in it to \a user.
/// Links, directories within, and files with a second name are not changed. Nothing is changed where an
/// account other than root can influence what \a path refers to: then \a user has to have access already.
/// Errc::Io.
Result<void> giveDirectoryTo(const QString &path, const SystemUser &user);

/// Whether this process, with its effective rights, can read, write and create files in \a path. On a
/// read-only disk: whether it can read.
bool canUseDirectory(const QString &path);

/// No program that this process starts from now on gets more rights than this process. If it is called before
/// there are other threads, it applies to all of them.
void forbidNewPrivileges();

/// For root: acts as \a user from now on, without other groups, in all threads, except where a RootRights
/// exists. becomeUser() has to follow. After Errc::Io the state is undefined: end the process.
Result<void> actAsUser(const SystemUser &user);

/// For root: actAsUser() with the owner of the directory \a path, if it exists and is not root's; for
/// programs that work in it and end. Errc::Io.
Result<void> actAsOwnerOf(const QString &path);

/// After actAsUser() and before becomeUser(), this thread may open ports below 1024 and read root's files
/// while this object exists (on systems other than Linux: all threads have all rights). At other times it
/// does nothing.
class RootRights
{
public:
    RootRights();
    /// For reading \a files, which the configuration names. It does nothing if the account that the process
    /// acts as can influence what one of the names refers to, by a directory on the path or a link: it could
    /// be any file of root's.
    explicit RootRights(const QStringList &files);
    ~RootRights();
    Q_DISABLE_COPY_MOVE(RootRights)

private:
    bool m_isRaised = false;
};

/// After actAsUser(): becomes \a user permanently, in all threads, and verifies that there is no way back.
/// After Errc::Io the state is undefined: end the process.
Result<void> becomeUser(const SystemUser &user);

} // namespace frpx
