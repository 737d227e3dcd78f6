// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/loginratelimiter.h"

#include "common/core/clock.h"
#include "common/core/logging.h"
#include "common/core/secrets.h"

#include <memory>
#include <utility>

using namespace Qt::StringLiterals;

namespace frpx::server {

/// A login that is being checked. Destroyed with the request: without an answer, the peer has closed.
class LoginRateLimiter::Ticket
{
public:
    Ticket(LoginRateLimiter &guard, const LoginThrottle::Attempt &attempt, const QHostAddress &source,
        const QObject *context)
        : m_guard(&guard)
        , m_attempt(attempt)
        , m_source(source)
        , m_context(context)
    {
        guard.m_underWay.insert(context, this);
    }
    Q_DISABLE_COPY_MOVE(Ticket)
    ~Ticket()
    {
        if (m_guard && m_guard->m_underWay.value(m_context) == this)
            m_guard->m_underWay.remove(m_context);
        end(m_attempt.byToken ? LoginThrottle::Outcome::NotChecked : LoginThrottle::Outcome::Left);
    }

    void giveUp() { end(LoginThrottle::Outcome::NotChecked); }

    void finish(const Result<Login> &result)
    {
        if (result) {
            end(LoginThrottle::Outcome::Succeeded);
            if (m_guard)
                m_guard->noteOther(m_attempt, m_source, *result);
            return;
        }
        const Errc code = result.error().code;
        const bool wrong = code == Errc::InvalidCredentials || code == Errc::InvalidToken;
        end(wrong ? LoginThrottle::Outcome::Failed : LoginThrottle::Outcome::NotChecked);
    }

private:
    void end(LoginThrottle::Outcome outcome)
    {
        if (m_guard && !std::exchange(m_ended, true))
            m_guard->m_throttle.finish(m_attempt, outcome, steadyMs());
    }

    const QPointer<LoginRateLimiter> m_guard; // requests may outlive it
    const LoginThrottle::Attempt m_attempt;
    const QHostAddress m_source;
    const QObject *const m_context; ///< an identity only: it may be destroyed
    bool m_ended = false;
};

LoginRateLimiter::LoginRateLimiter(LoginService &logins, QObject *parent)
    : QObject(parent)
    , m_logins(logins)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &LoginRateLimiter::passDue);
}

void LoginRateLimiter::loginByPassword(
    const QString &email, const QString &password, const QHostAddress &source, QObject *context, Done done)
{
    admit({m_throttle.byPassword(source, email), source, email.isNull() ? u""_s : email,
        SecretBytes(password), context, std::move(done)});
}

void LoginRateLimiter::loginByToken(
    const QString &token, const QHostAddress &source, QObject *context, Done done)
{
    admit({m_throttle.byToken(source, token), source, {}, SecretBytes(token), context, std::move(done)});
}

void LoginRateLimiter::admit(Held login)
{
    const qint64 now = steadyMs();
    const LoginThrottle::Admission admission = m_throttle.admit(login.attempt, now);
    if (admission.refused) {
        QMetaObject::invokeMethod(
            this,
            [context = login.context, done = std::move(login.done), seconds = admission.retryAfterS] {
                if (context)
                    done(Error{Errc::Busy, u"Too many failed logins, try again in %1 s"_s.arg(seconds)});
            },
            Qt::QueuedConnection);
        return;
    }
    if (admission.holdMs == 0)
        return pass(std::move(login));
    m_held.emplace(now + admission.holdMs, std::move(login));
    passDue();
}

void LoginRateLimiter::passDue()
{
    const qint64 now = steadyMs();
    while (!m_held.empty() && m_held.begin()->first <= now)
        pass(std::move(m_held.extract(m_held.begin()).mapped()));
    if (!m_held.empty())
        m_timer.start(static_cast<int>(m_held.begin()->first - now));
}

void LoginRateLimiter::pass(Held login)
{
    if (!login.context) {
        m_throttle.finish(login.attempt, LoginThrottle::Outcome::NotChecked, steadyMs());
        return;
    }
    QString secret = QString::fromUtf8(login.secret.view());
    auto ticket = std::make_shared<Ticket>(*this, login.attempt, login.source, login.context.data());
    auto done = [ticket, done = std::move(login.done)](const Result<Login> &result) {
        ticket->finish(result);
        done(result);
    };
    if (login.email.isNull())
        m_logins.loginByToken(secret, login.source, login.context, std::move(done));
    else
        m_logins.loginByPassword(login.email, secret, login.source, login.context, std::move(done));
    wipe(secret);
}

void LoginRateLimiter::giveUp(const QObject *context)
{
    if (Ticket *ticket = m_underWay.value(context))
        ticket->giveUp();
}

/// A client that has logged in by password may log in by token later, and the other way round.
void LoginRateLimiter::noteOther(
    const LoginThrottle::Attempt &attempt, const QHostAddress &source, const Login &login)
{
    if (attempt.byToken)
        m_throttle.noteGood(m_throttle.byPassword(source, login.email), steadyMs());
    else if (!login.token.isEmpty())
        m_throttle.noteGood(m_throttle.byToken(source, login.token), steadyMs());
}

qsizetype LoginRateLimiter::activeBans() const
{
    return m_throttle.activeBans(steadyMs());
}

} // namespace frpx::server
