// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/accounts/accounttypes.h"
#include "frps/accounts/loginservice.h"
#include "frps/accounts/loginthrottle.h"
#include "frps/accounts/secretbytes.h"

#include <QHash>
#include <QObject>
#include <QPointer>
#include <QTimer>

#include <map>

namespace frpx::server {

/// Delays or refuses logins before the LoginService, as LoginThrottle decides, and reports their outcome to
/// it. Lives on the control thread.
class LoginRateLimiter : public QObject
{
    Q_OBJECT

public:
    using Done = LoginService::Done;

    /// \a logins must outlive this object.
    explicit LoginRateLimiter(LoginService &logins, QObject *parent = nullptr);

    /// As in LoginService, for a peer at \a source; Errc::Busy may also mean too many failed logins. A
    /// delayed login is not checked if its peer has closed meanwhile.
    void loginByPassword(const QString &email, const QString &password, const QHostAddress &source,
        QObject *context, Done done);
    void loginByToken(const QString &token, const QHostAddress &source, QObject *context, Done done);

    /// The server itself gives up the login of \a context: it does not count as a failure. No-op without one
    /// under way.
    void giveUp(const QObject *context);

    LoginService &service() const { return m_logins; }
    const LoginCounters &counters() const { return m_throttle.counters(); }
    qsizetype activeBans() const;

private:
    class Ticket;
    struct Held
    {
        LoginThrottle::Attempt attempt;
        QHostAddress source;
        QString email; ///< null: by token
        SecretBytes secret; ///< the password or token
        QPointer<QObject> context;
        Done done;
    };

    void admit(Held login);
    void pass(Held login);
    void passDue();
    void noteOther(const LoginThrottle::Attempt &attempt, const QHostAddress &source, const Login &login);

    LoginService &m_logins;
    LoginThrottle m_throttle;
    std::multimap<qint64, Held>
        m_held; ///< by due time; bounded by the limit of control links, each of which has one
    QHash<const QObject *, Ticket *> m_underWay; ///< by context, which has one login at a time
    QTimer m_timer;
};

} // namespace frpx::server
