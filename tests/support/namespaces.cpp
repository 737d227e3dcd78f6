// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/namespaces.h"

#include "tests/support/sockets.h"

#include <QDir>
#include <QFile>

#include <cerrno>
#include <cstring>

#ifdef Q_OS_LINUX
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

using namespace Qt::StringLiterals;

namespace frpx::test {

#ifdef Q_OS_LINUX

namespace {

bool write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly | QIODevice::Unbuffered) && file.write(text) == text.size();
}

bool enter(int flags)
{
    if (::unshare(flags) == 0)
        return true;
    const QByteArray user = QByteArray::number(::geteuid());
    const QByteArray group = QByteArray::number(::getegid());
    if (::unshare(flags | CLONE_NEWUSER) != 0)
        return false;
    return write(u"/proc/self/setgroups"_s, "deny") && write(u"/proc/self/uid_map"_s, "0 " + user + " 1")
        && write(u"/proc/self/gid_map"_s, "0 " + group + " 1");
}

/// \a name is an interface or, for a further address, one with a number behind a colon.
ifreq requestFor(const char *name)
{
    ifreq request{};
    qstrncpy(request.ifr_name, name, sizeof request.ifr_name);
    return request;
}

bool bringUpLoopback()
{
    const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request = requestFor("lo");
    if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0)
        return false;
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
    return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0;
}

} // namespace

QString enterOwn(Namespace kind)
{
    const bool isNetwork = kind == Namespace::Network;
    bool done = enter(isNetwork ? CLONE_NEWNET : CLONE_NEWNS);
    if (done) // what is mounted from now on is nobody else's business
        done =
            isNetwork ? bringUpLoopback() : ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (done)
        return {};
    return u"This system allows no namespaces here: "_s + qt_error_string(errno);
}

bool addAddress(const QString &address)
{
    const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request = requestFor("lo:1");
    sockaddr_in own{};
    own.sin_family = AF_INET;
    if (::inet_pton(AF_INET, qPrintable(address), &own.sin_addr) != 1)
        return false;
    std::memcpy(&request.ifr_addr, &own, sizeof own);
    return ::ioctl(socket.get(), SIOCSIFADDR, &request) == 0;
}

bool showInPlaceOf(const QString &source, const QString &target)
{
    return ::mount(QFile::encodeName(source).constData(), QFile::encodeName(target).constData(), nullptr,
               MS_BIND | MS_REC, nullptr)
        == 0;
}

SmallDisk::SmallDisk(QString directory, qint64 bytes)
    : m_directory(std::move(directory))
{
    const QByteArray options = "mode=0700,size=" + QByteArray::number(bytes);
    m_mounted = QDir().mkpath(m_directory)
        && ::mount("frpx-test", QFile::encodeName(m_directory).constData(), "tmpfs", 0, options.constData())
            == 0;
}

SmallDisk::~SmallDisk()
{
    if (m_mounted) // also while programs still have files open there
        ::umount2(QFile::encodeName(m_directory).constData(), MNT_DETACH);
}

bool SmallDisk::setReadOnly(bool on)
{
    const int flags = on ? MS_REMOUNT | MS_RDONLY : MS_REMOUNT;
    return ::mount(nullptr, QFile::encodeName(m_directory).constData(), nullptr,
               static_cast<unsigned long>(flags), nullptr)
        == 0;
}

#else

QString enterOwn(Namespace)
{
    return u"There are no namespaces on this system."_s;
}

bool addAddress(const QString &)
{
    return false;
}

bool showInPlaceOf(const QString &, const QString &)
{
    return false;
}

SmallDisk::SmallDisk(QString directory, qint64)
    : m_directory(std::move(directory))
{ }

SmallDisk::~SmallDisk() = default;

bool SmallDisk::setReadOnly(bool)
{
    return false;
}

#endif

bool SmallDisk::fill()
{
    QFile file(fillerFile());
    if (!m_mounted || !file.open(QIODevice::WriteOnly | QIODevice::Append | QIODevice::Unbuffered))
        return false;
    const QByteArray page(4096, 'x');
    while (file.write(page) == page.size()) { }
    return file.error() == QFileDevice::ResourceError || file.error() == QFileDevice::WriteError;
}

bool SmallDisk::free()
{
    return QFile::remove(fillerFile());
}

} // namespace frpx::test
