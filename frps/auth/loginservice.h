// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QString>

#include <functional>

class QObject;

namespace frpx::server {

struct Login;

/// Decides who may log in. Control thread only, which it never blocks.
class LoginService
{
public:
    using Done = std::function<void(const Result<Login> &)>;

    LoginService() = default;
    virtual ~LoginService() = default;
    Q_DISABLE_COPY_MOVE(LoginService)

    /// Both call \a done exactly once, later, on this thread, unless \a context or the service is gone by
    /// then. Errors, all fit for the peer: InvalidCredentials (unknown, wrong, or not from there),
    /// InvalidToken, Busy, Storage. \a context lives on this thread.
    virtual void loginByPassword(
        const QString &email, const QString &password, bool peerIsLoopback, QObject *context, Done done) = 0;
    virtual void loginByToken(const QString &token, bool peerIsLoopback, QObject *context, Done done) = 0;
};

} // namespace frpx::server
