// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/signalpipe.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace frpx {

namespace {

// A signal handler may use only lock-free atomics and write().
std::atomic<int> activeWriteEnd = -1;
std::atomic<int> handlersRunning = 0;
static_assert(std::atomic<int>::is_always_lock_free);

void onSignal(int signalNumber)
{
    const int savedErrno = errno;
    ++handlersRunning;
    const int writeEnd = activeWriteEnd;
    if (writeEnd >= 0) {
        const auto byte = static_cast<unsigned char>(signalNumber);
        // A full pipe holds thousands of signals already; one more adds no information.
        [[maybe_unused]] const ssize_t written = ::write(writeEnd, &byte, sizeof(byte));
    }
    --handlersRunning;
    errno = savedErrno;
}

bool prepare(int fd)
{
    const int flags = ::fcntl(fd, F_GETFL);
    return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0
        && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

} // namespace

SignalPipe::SignalPipe(std::span<const int> signalNumbers, Ignored ignored)
{
    std::array<int, 2> ends = {};
    if (::pipe(ends.data()) != 0)
        return;
    if (!prepare(ends[0]) || !prepare(ends[1])) {
        ::close(ends[0]);
        ::close(ends[1]);
        return;
    }
    m_readEnd = ends[0];
    m_writeEnd = ends[1];
    m_outerWriteEnd = activeWriteEnd.exchange(m_writeEnd);

    struct sigaction action = {};
    action.sa_handler = onSignal;
    sigemptyset(&action.sa_mask);
    for (const int number : signalNumbers)
        sigaddset(&action.sa_mask, number);
    m_replaced.reserve(signalNumbers.size());
    for (const int number : signalNumbers) {
        struct sigaction old = {};
        if (::sigaction(number, nullptr, &old) != 0
            || (ignored == Ignored::Keep && old.sa_handler == SIG_IGN)) {
            continue;
        }
        if (::sigaction(number, &action, nullptr) == 0)
            m_replaced.push_back({number, old});
    }
}

SignalPipe::~SignalPipe()
{
    release();
}

std::vector<int> SignalPipe::take()
{
    std::array<unsigned char, 64> bytes = {};
    const ssize_t count = ::read(m_readEnd, bytes.data(), bytes.size());
    if (count <= 0)
        return {};
    return {bytes.begin(), bytes.begin() + count};
}

std::vector<int> SignalPipe::release()
{
    if (!isOpen())
        return {};
    for (const Replaced &replaced : m_replaced)
        ::sigaction(replaced.signalNumber, &replaced.old, nullptr);
    m_replaced.clear();
    [[maybe_unused]] const int active = activeWriteEnd.exchange(m_outerWriteEnd);
    Q_ASSERT(active == m_writeEnd);
    // A handler on another thread may still hold the number of the write end.
    while (handlersRunning > 0)
        std::this_thread::yield();

    std::vector<int> left = take();
    ::close(m_readEnd);
    ::close(m_writeEnd);
    m_readEnd = -1;
    m_writeEnd = -1;
    return left;
}

} // namespace frpx
