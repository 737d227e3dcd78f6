// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

namespace frpx::client {

/// What has to be done when a server refuses a login, or nobody has an account yet.
inline QString loginAdvice()
{
    return QStringLiteral(
        "Whoever runs the server makes an account by frps user add EMAIL, or a new password "
        "by frps user passwd EMAIL.");
}

} // namespace frpx::client
