// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/auth/accountoptions.h"
#include "frps/store/userrights.h"

namespace frpx::server {

/// \a rights as \a options, those of `frps user set`, change them; what is not among these stays.
/// Errc::InvalidArgument with a sentence that names the option.
Result<UserRights> changedRights(UserRights rights, const AccountOptions &options);

/// One line for each of the rights, in the words of the options.
QStringList describeRights(const UserRights &rights);

} // namespace frpx::server
