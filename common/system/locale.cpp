// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/locale.h"

#include <QByteArray>
#include <QtGlobal>

#include <clocale>
#include <string_view>

#ifdef Q_OS_UNIX
#include <langinfo.h>
#endif

namespace frpx {

void useUtf8Locale()
{
#ifdef Q_OS_UNIX
    // Called before there are other threads.
    std::setlocale(LC_CTYPE, ""); // NOLINT(concurrency-mt-unsafe)
    if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") // NOLINT(concurrency-mt-unsafe)
        qputenv("LC_ALL", "C.UTF-8");
#endif
}

} // namespace frpx
