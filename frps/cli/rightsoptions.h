// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/cli/accountoptions.h"
#include "frps/store/userrights.h"

namespace frpx::server {

/// Changes \a rights by \a options, those of `frps user set`; other rights stay. Errc::InvalidArgument with a
/// sentence that names the option.
Result<UserRights> changedRights(UserRights rights, const AccountOptions &options);

/// One line for each right, named as the option.
QStringList describeRights(const UserRights &rights);

} // namespace frpx::server
