// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/accounts/accounttypes.h"

#include <QHostAddress>
#include <QString>

#include <functional>

class QObject;

namespace frpx::server {

/// Checks logins. Control thread only; never blocks it.
class LoginService
{
public:
    using Done = std::function<void(const Result<Login> &)>;

    LoginService() = default;
    virtual ~LoginService() = default;
    Q_DISABLE_COPY_MOVE(LoginService)

    /// Both call \a done exactly once, later, on this thread, unless \a context or the service has been
    /// destroyed by then. Errors, all fit for the peer: InvalidCredentials (unknown, wrong, or not from this
    /// address), InvalidToken, Busy, Storage. \a context lives on this thread. \a peer is the client's
    /// address.
    virtual void loginByPassword(const QString &email, const QString &password, const QHostAddress &peer,
        QObject *context, Done done) = 0;
    virtual void loginByToken(
        const QString &token, const QHostAddress &peer, QObject *context, Done done) = 0;

    /// Finds out which of \a logins have ended, and notes that the tokens of the others are in use. Calls \a
    /// done as a login does; Errc::Storage. The default, for a service whose logins never end, does nothing.
    virtual void checkLogins(const std::vector<LoginRef> &logins, QObject *context,
        const std::function<void(const Result<LoginCheck> &)> &done)
    {
        Q_UNUSED(logins)
        Q_UNUSED(context)
        Q_UNUSED(done)
    }
};

} // namespace frpx::server
