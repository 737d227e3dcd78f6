// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"

#include <algorithm>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>

namespace frpx::test {

/// Processor time this process has used.
inline qint64 cpuMs()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto ms = [](const timeval &t) { return qint64(t.tv_sec) * 1000 + t.tv_usec / 1000; };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
}

/// Lowers the limit of descriptors to what is open now, until it goes.
class NoDescriptors
{
public:
    NoDescriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &m_before);
        rlimit lowered = m_before;
        // The numbers below the limit that are free count as well: use them up.
        const int lowest = ::fcntl(0, F_DUPFD_CLOEXEC, 0);
        m_fillers.emplace_back(lowest);
        int highest = lowest;
        for (int fd = 0; fd < 4096; ++fd) {
            if (::fcntl(fd, F_GETFD) >= 0)
                highest = std::max(highest, fd);
        }
        lowered.rlim_cur = rlim_t(highest) + 1;
        ::setrlimit(RLIMIT_NOFILE, &lowered);
        while (true) {
            UniqueFd filler(::fcntl(0, F_DUPFD_CLOEXEC, 0));
            if (!filler)
                break;
            m_fillers.push_back(std::move(filler));
        }
    }
    NoDescriptors(const NoDescriptors &) = delete;
    NoDescriptors &operator=(const NoDescriptors &) = delete;
    ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &m_before); }

    void freeOne()
    {
        if (!m_fillers.empty())
            m_fillers.pop_back();
    }

private:
    rlimit m_before{};
    std::vector<UniqueFd> m_fillers;
};

} // namespace frpx::test
