// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/openfilelimit.h"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <sys/resource.h>

using namespace Qt::StringLiterals;

namespace frpx {

Result<OpenFileLimit> raiseOpenFileLimit()
{
    struct rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return Error{Errc::Io, u"The limit of open files cannot be read: %1."_s.arg(qt_error_string(errno))};
    }
    OpenFileLimit result{limit.rlim_cur, limit.rlim_cur};
    rlim_t wanted = limit.rlim_max;
#ifdef Q_OS_MACOS
    // The hard limit is "unlimited", but the kernel refuses more than this.
    wanted = std::min<rlim_t>(wanted, OPEN_MAX);
#endif
    if (wanted <= limit.rlim_cur)
        return result;
    limit.rlim_cur = wanted;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return Error{Errc::Io,
            u"The limit of open files cannot be raised from %1 to %2: %3."_s.arg(
                QString::number(result.before), QString::number(wanted), qt_error_string(errno))};
    }
    result.now = wanted;
    return result;
}

} // namespace frpx
