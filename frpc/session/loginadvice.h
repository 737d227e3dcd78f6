// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QString>

namespace frpx::client {

/// What to do when a server refuses a login, or when there is no account yet.
inline QString loginAdvice()
{
    return QStringLiteral(
        "The server's administrator makes an account by frps user add EMAIL, or a new password "
        "by frps user passwd EMAIL.");
}

} // namespace frpx::client
