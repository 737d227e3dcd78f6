// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privileges.h"

#include "common/core/uniquefd.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <memory>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef Q_OS_LINUX
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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

std::atomic<bool> mayRaise = false; ///< between actAsUser() and becomeUser()

/// Whether only root can change the entries of this directory.
bool isRootsAlone(const struct stat &directory)
{
    // In a sticky directory other users cannot change root's entries.
    return S_ISDIR(directory.st_mode) && directory.st_uid == 0
        && ((directory.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (directory.st_mode & S_ISVTX) != 0);
}

/// The target of the link \a name in \a directory.
QByteArray linkTarget(int directory, const QByteArray &name)
{
    QByteArray target(PATH_MAX, '\0');
    const ssize_t length = ::readlinkat(directory, name.constData(), target.data(), size_t(target.size()));
    return target.first(std::max<ssize_t>(length, 0));
}

/// Whether the account that this process acts as can choose what the absolute \a path refers to.
bool isChosenByAccount(const QByteArray &path)
{
    constexpr int mostLinks = 32;
    constexpr int openFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const uid_t account = ::geteuid();
    const gid_t group = ::getegid();
    if (account == 0)
        return false;
    int links = 0;
    QByteArrayList left = path.split('/');
    UniqueFd current(::open("/", openFlags));
    struct stat status = {};
    while (!left.isEmpty()) {
        const QByteArray name = left.takeFirst();
        if (name.isEmpty() || name == ".")
            continue;
        if (!current || ::fstat(current.get(), &status) != 0)
            return true;
        const bool mayWrite =
            (status.st_mode & S_IWOTH) != 0 || ((status.st_mode & S_IWGRP) != 0 && status.st_gid == group);
        // In a sticky directory the account can create links, and it owns these.
        if (status.st_uid == account || (mayWrite && (status.st_mode & S_ISVTX) == 0))
            return true;
        if (::fstatat(current.get(), name.constData(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            return false; // there is nothing to read
        if (S_ISLNK(status.st_mode)) {
            if (status.st_uid == account || ++links > mostLinks)
                return true;
            const QByteArray target = linkTarget(current.get(), name);
            left = target.split('/') + left;
            if (target.startsWith('/'))
                current = UniqueFd(::open("/", openFlags));
            continue;
        }
        if (!left.isEmpty())
            current = UniqueFd(::openat(current.get(), name.constData(), openFlags));
    }
    return false;
}

/// Opens the directory \a path, absolute and created if it is missing, if only root can change the path to it
/// and it belongs to root or \a user; otherwise an invalid descriptor, with an error in errno.
Result<UniqueFd> openOwnDirectory(const QByteArray &path, const SystemUser &user)
{
    constexpr int mostLinks = 32;
    constexpr int openFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int links = 0;
    QByteArrayList left = path.split('/');
    UniqueFd current(::open("/", openFlags));
    struct stat status = {};
    while (current && !left.isEmpty()) {
        const QByteArray name = left.takeFirst();
        if (name.isEmpty() || name == ".")
            continue;
        if (::fstat(current.get(), &status) != 0)
            return Error{Errc::Io, {}};
        if (!isRootsAlone(status))
            return UniqueFd();
        const mode_t mode = left.isEmpty() ? 0700 : 0755;
        const auto look = [&] {
            return ::fstatat(current.get(), name.constData(), &status, AT_SYMLINK_NOFOLLOW) == 0;
        };
        if (!look() && (::mkdirat(current.get(), name.constData(), mode) != 0 || !look()))
            return Error{Errc::Io, {}};
        if (S_ISLNK(status.st_mode)) {
            if (status.st_uid != 0 || ++links > mostLinks)
                return UniqueFd();
            const QByteArray target = linkTarget(current.get(), name);
            left = target.split('/') + left;
            if (target.startsWith('/'))
                current = UniqueFd(::open("/", openFlags));
            continue;
        }
        current = UniqueFd(::openat(current.get(), name.constData(), openFlags));
    }
    if (!current || ::fstat(current.get(), &status) != 0)
        return Error{Errc::Io, {}};
    const bool isOurs = status.st_uid == user.id || (status.st_uid == 0 && isRootsAlone(status));
    return isOurs ? std::move(current) : UniqueFd();
}

/// For this thread; false if the system refuses.
bool setRootRights(bool raised)
{
#ifdef Q_OS_LINUX
    constexpr quint32 wanted = (1U << CAP_NET_BIND_SERVICE) | (1U << CAP_DAC_READ_SEARCH);
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets = {};
    if (::syscall(SYS_capget, &header, sets.data()) != 0)
        return false;
    sets[0].effective = raised ? sets[0].permitted & wanted : 0;
    sets[1].effective = 0;
    return ::syscall(SYS_capset, &header, sets.data()) == 0;
#else
    static uid_t user = 0;
    if (!raised)
        return ::seteuid(user) == 0;
    user = ::geteuid();
    return ::seteuid(0) == 0;
#endif
}

} // namespace

bool isPrivileged()
{
    return ::geteuid() == 0;
}

Result<SystemUser> findSystemUser(const QString &name)
{
    std::vector<char> buffer(size_t{16} * 1024);
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
    const Result<UniqueFd> opened = openOwnDirectory(QFile::encodeName(QDir(path).absolutePath()), user);
    if (!opened)
        return failure(u"Cannot give %1 to its user"_s.arg(path));
    if (!*opened)
        return {}; // root cannot give it away
    const UniqueFd &directory = *opened;
    const std::unique_ptr<DIR, CloseDirectory> list(::fdopendir(::dup(directory.get())));
    if (!list)
        return failure(u"Cannot read %1"_s.arg(path));
    while (const dirent *entry =
               ::readdir(list.get())) { // NOLINT(concurrency-mt-unsafe): only this thread has the list
        // Open first, so that the checked file is the one that is given away.
        const UniqueFd file(
            ::openat(directory.get(), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct stat status = {};
        if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1
            || status.st_uid != 0)
            continue;
        if (::fchown(file.get(), user.id, user.group) != 0 && errno != EROFS)
            return failure(u"Cannot give %1/%2 to its user"_s.arg(path, QFile::decodeName(entry->d_name)));
    }
    // Last: until then the user cannot move files in it. On a read-only disk this fails, but the user may be
    // able to read it.
    if (::fchown(directory.get(), user.id, user.group) != 0 && errno != EROFS)
        return failure(u"Cannot give %1 to its user"_s.arg(path));
    return {};
}

bool canUseDirectory(const QString &path)
{
    const QByteArray name = QFile::encodeName(path);
    const auto may = [&name](
                         int mode) { return ::faccessat(AT_FDCWD, name.constData(), mode, AT_EACCESS) == 0; };
    return may(R_OK | W_OK | X_OK) || (errno == EROFS && may(R_OK | X_OK));
}

void forbidNewPrivileges()
{
#ifdef Q_OS_LINUX
    (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#endif
}

Result<void> actAsUser(const SystemUser &user)
{
    // The C library does it in all threads. The saved user stays root, so that the rights can be raised
    // again.
    const gid_t group = user.group;
    if (::setgroups(1, &group) != 0 || ::setegid(user.group) != 0 || ::seteuid(user.id) != 0
        || ::geteuid() != user.id || ::getegid() != user.group)
        return failure(u"Cannot act as another user"_s);
    mayRaise = true;
    return {};
}

Result<void> actAsOwnerOf(const QString &path)
{
    struct stat status = {};
    if (!isPrivileged() || ::stat(QFile::encodeName(path).constData(), &status) != 0 || status.st_uid == 0)
        return {};
    return actAsUser({status.st_uid, status.st_gid});
}

RootRights::RootRights()
    : m_isRaised(mayRaise && setRootRights(true))
{ }

RootRights::RootRights(const QStringList &files)
    : RootRights()
{
    const bool isChosen = std::any_of(files.begin(), files.end(), [](const QString &file) {
        return !file.isEmpty()
            && isChosenByAccount(QFile::encodeName(QDir::current().absoluteFilePath(file)));
    });
    if (m_isRaised && isChosen) {
        m_isRaised = false;
        if (!setRootRights(false))
            ::_exit(1); // it would continue as root
    }
}

RootRights::~RootRights()
{
    if (m_isRaised && !setRootRights(false))
        ::_exit(1); // it would continue as root
}

Result<void> becomeUser(const SystemUser &user)
{
    mayRaise = false;
#ifdef Q_OS_LINUX
    // Each thread drops the capabilities that it could raise again; the last root user id goes with them.
    const bool done =
        ::setresgid(user.group, user.group, user.group) == 0 && ::setresuid(user.id, user.id, user.id) == 0;
#else
    const bool done = ::seteuid(0) == 0 && ::setgid(user.group) == 0 && ::setuid(user.id) == 0;
#endif
    if (!done)
        return failure(u"Cannot become another user"_s);
    const bool isWhole = ::getuid() == user.id && ::geteuid() == user.id && ::getgid() == user.group
        && ::getegid() == user.group && ::getgroups(0, nullptr) <= 1;
    if (!isWhole || ::setuid(0) == 0 || ::seteuid(0) == 0 || ::setgid(0) == 0)
        return Error{Errc::Io, u"The privileges are not gone."_s};
    return {};
}

} // namespace frpx
