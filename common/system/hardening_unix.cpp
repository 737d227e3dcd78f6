// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/hardening.h"

#include <cstring>

#include <sys/resource.h>

#ifdef Q_OS_LINUX
#include <sys/prctl.h>
#endif

namespace frpx {

void keepMemoryPrivate()
{
    if (!qEnvironmentVariableIsEmpty("FRPX_DEBUGGABLE"))
        return;
    constexpr struct rlimit none = {0, 0};
    (void)::setrlimit(RLIMIT_CORE, &none); // lowering it is always allowed
#ifdef Q_OS_LINUX
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void hideArgument(int argc, char **argv, const char *option)
{
    const size_t length = std::strlen(option);
    for (int i = 1; i < argc; ++i) {
        if (std::strncmp(argv[i], option, length) != 0)
            continue;
        char *value = nullptr;
        if (argv[i][length] == '=')
            value = argv[i] + length + 1;
        else if (argv[i][length] == '\0' && i + 1 < argc)
            value = argv[++i];
        if (value)
            std::memset(value, '*', std::strlen(value));
    }
}

} // namespace frpx
