// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privileges.h"

#include "common/net/uniquefd.h"

#include <QDir>
#include <QFile>

#include <cerrno>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef Q_OS_LINUX
#include <sys/prctl.h>
#endif

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

Error failure(const QString &what)
{
    return {Errc::Io, u"%1: %2."_s.arg(what, qt_error_string(errno))};
}

struct CloseDirectory
{
    void operator()(DIR *directory) const { ::closedir(directory); }
};

} // namespace

bool isPrivileged()
{
    return ::geteuid() == 0;
}

Result<SystemUser> findSystemUser(const QString &name)
{
    std::vector<char> buffer(16 * 1024);
    struct passwd entry = {};
    struct passwd *found = nullptr;
    const int error =
        ::getpwnam_r(QFile::encodeName(name).constData(), &entry, buffer.data(), buffer.size(), &found);
    if (!found) {
        return Error{Errc::NotFound,
            error == 0 ? u"There is no user \"%1\" on this machine."_s.arg(name)
                       : u"The user \"%1\" cannot be looked up: %2."_s.arg(name, qt_error_string(error))};
    }
    if (found->pw_uid == 0 || found->pw_gid == 0)
        return Error{Errc::InvalidArgument, u"The user \"%1\" may do everything itself."_s.arg(name)};
    return SystemUser{found->pw_uid, found->pw_gid};
}

Result<void> giveDirectoryTo(const QString &path, const SystemUser &user)
{
    const QByteArray name = QFile::encodeName(path);
    const UniqueFd directory(::open(name.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fchown(directory.get(), user.id, user.group) != 0)
        return failure(u"Cannot give %1 to its user"_s.arg(path));
    const std::unique_ptr<DIR, CloseDirectory> list(::fdopendir(::dup(directory.get())));
    if (!list)
        return failure(u"Cannot read %1"_s.arg(path));
    while (const dirent *entry =
               ::readdir(list.get())) { // NOLINT(concurrency-mt-unsafe): nobody else has this one
        // Opened first, so that what is looked at is what is given away.
        const UniqueFd file(
            ::openat(directory.get(), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct stat status = {};
        if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1
            || status.st_uid == user.id)
            continue;
        if (::fchown(file.get(), user.id, user.group) != 0)
            return failure(u"Cannot give %1/%2 to its user"_s.arg(path, QFile::decodeName(entry->d_name)));
    }
    return {};
}

Result<void> becomeUser(const SystemUser &user)
{
    // In this order: without the user's privileges the groups could not be changed any more. The C library
    // does it in all threads.
    const gid_t group = user.group;
    if (::setgroups(1, &group) != 0 || ::setgid(user.group) != 0 || ::setuid(user.id) != 0)
        return failure(u"Cannot become another user"_s);
    const bool isWhole = ::getuid() == user.id && ::geteuid() == user.id && ::getgid() == user.group
        && ::getegid() == user.group && ::getgroups(0, nullptr) <= 1;
    if (!isWhole || ::setuid(0) == 0 || ::seteuid(0) == 0 || ::setgid(0) == 0)
        return Error{Errc::Io, u"The privileges are not gone."_s};
#ifdef Q_OS_LINUX
    (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#endif
    return {};
}

} // namespace frpx
