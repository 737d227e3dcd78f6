// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privatedirectory.h"

#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace frpx {

Result<void> preparePrivateDirectory(const QString &path)
{
    constexpr QFileDevice::Permissions ownersAlone =
        QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner;
    const QFileInfo directory(path);
    if (directory.isDir())
        return {};
    QDir parent = directory.absoluteDir();
    if (!parent.mkpath(u"."_s)
        || (!parent.mkdir(directory.fileName(), ownersAlone) && !QFileInfo(path).isDir()))
        return Error{Errc::Storage, u"Cannot create the data directory %1."_s.arg(path)};
    return {};
}

} // namespace frpx
