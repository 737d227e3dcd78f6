// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/gui/slowsystem.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace frpx::test::slowsystem {

namespace {

constexpr std::chrono::milliseconds delay(150);

std::atomic<pthread_t> watched; // meaningful while isOn
std::atomic<bool> isOn = false;
std::atomic<int> elsewhere = 0;
QStringList here; // of the watched thread alone

/// \return whether it has been one of the others.
void pass(const char *call)
{
    if (!isOn)
        return;
    if (::pthread_equal(watched, ::pthread_self()) != 0) {
        here << QString::fromLatin1(call);
        return;
    }
    ++elsewhere;
    std::this_thread::sleep_for(delay);
}

/// What the system has under that name.
template <typename Function>
Function next(const char *name)
{
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

} // namespace

void start()
{
    watched = ::pthread_self();
    here.clear();
    elsewhere = 0;
    isOn = true;
}

void stop()
{
    isOn = false;
}

QStringList callsHere()
{
    return here;
}

int callsElsewhere()
{
    return elsewhere;
}

} // namespace frpx::test::slowsystem

namespace slowsystem = frpx::test::slowsystem;

// The program's own functions come before those of the C library, also for the libraries it uses.
extern "C" {

int fsync(int fd)
{
    slowsystem::pass("fsync");
    return slowsystem::next<int (*)(int)>("fsync")(fd);
}

int fdatasync(int fd)
{
    slowsystem::pass("fdatasync");
    return slowsystem::next<int (*)(int)>("fdatasync")(fd);
}

int rename(const char *from, const char *to) noexcept
{
    slowsystem::pass("rename");
    return slowsystem::next<int (*)(const char *, const char *)>("rename")(from, to);
}

int unlink(const char *path) noexcept
{
    slowsystem::pass("unlink");
    return slowsystem::next<int (*)(const char *)>("unlink")(path);
}

int getaddrinfo(const char *node, const char *service, const addrinfo *hints, addrinfo **found)
{
    slowsystem::pass("getaddrinfo");
    if (node && slowsystem::unknownHost == QLatin1String(node))
        return EAI_NONAME;
    using Function = int (*)(const char *, const char *, const addrinfo *, addrinfo **);
    return slowsystem::next<Function>("getaddrinfo")(node, service, hints, found);
}

int connect(int fd, const sockaddr *address, socklen_t length)
{
    const bool waits = (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
    if (waits && (address->sa_family == AF_INET || address->sa_family == AF_INET6))
        slowsystem::pass("connect");
    return slowsystem::next<int (*)(int, const sockaddr *, socklen_t)>("connect")(fd, address, length);
}
}
