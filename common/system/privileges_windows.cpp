// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/privileges.h"

using namespace Qt::StringLiterals;

namespace frpx {

static Error unsupported()
{
    return {Errc::InvalidArgument, u"Windows starts a service as the user it is to be."_s};
}

bool isPrivileged()
{
    return false;
}

Result<SystemUser> findSystemUser(const QString & /*name*/)
{
    return unsupported();
}

Result<void> giveDirectoryTo(const QString & /*path*/, const SystemUser & /*user*/)
{
    return unsupported();
}

bool canUseDirectory(const QString & /*path*/)
{
    return true;
}

void forbidNewPrivileges() { }

Result<void> actAsUser(const SystemUser & /*user*/)
{
    return unsupported();
}

Result<void> actAsOwnerOf(const QString & /*path*/)
{
    return {};
}

RootRights::RootRights() = default;

RootRights::RootRights(const QStringList & /*files*/) { }

RootRights::~RootRights() = default;

Result<void> becomeUser(const SystemUser & /*user*/)
{
    return unsupported();
}

} // namespace frpx
