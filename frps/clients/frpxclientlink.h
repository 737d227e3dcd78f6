// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/ids.h"
#include "common/protocol/frpx/controlchannel.h"
#include "frps/accounts/accounttypes.h"
#include "frps/clients/clientlink.h"

#include <QObject>

namespace frpx::server {

class LoginRateLimiter;

/// The server's end of one control link, from accept to the end.
///
///     AwaitingLogin ──Login/LoginByToken──▶ Authenticating ──ok──▶ AwaitingRegister ──Register──▶
///     Registering
///           ▲                                    │ refused (three times: Closed)                       │
///           └────────────────────────────────────┘                                    accept() │ refuse()
///     Active ◀───────────────────────────────────────────────────────────────────────────┘     ▼ Closed
///
/// The ControlServer decides whether a client id may be registered; it answers registrationRequested() by
/// accept() or refuse(), at once or later. An unexpected or invalid message ends the link.
class FrpxClientLink : public QObject, public ClientLink
{
    Q_OBJECT

public:
    enum class State { AwaitingLogin, Authenticating, AwaitingRegister, Registering, Active, Closed };
    Q_ENUM(State)

    /// Becomes the parent of \a channel, whose connection was accepted at \a acceptedAtMs.
    FrpxClientLink(SessionId id, ControlChannel *channel, qint64 acceptedAtMs, LoginRateLimiter &logins,
        QObject *parent = nullptr);

    /// No client can log in on this link: a login is answered by \a why, and the link ends.
    void refuseLogins(const QString &why) { m_loginRefusal = why; }

    SessionId id() const { return m_id; }
    State state() const { return m_state; }
    const net::Endpoint &peer() const { return m_channel->peer(); }
    net::LinkEnds ends() const override { return {m_channel->local(), m_channel->peer()}; }
    qint64 acceptedAtMs() const { return m_acceptedAtMs; }

    // Known after the login.
    qint64 userId() const { return m_userId; }
    const QString &email() const { return m_email; }
    LoginRef login() const { return {m_userId, m_tokenId}; }
    const UserRights &rights() const { return m_rights; }
    void setRights(const UserRights &rights) { m_rights = rights; }
    /// What the client asked to register.
    const proto::Register &registration() const { return m_registration; }
    bool supports(QStringView feature) const { return m_features.contains(feature); }

    /// Refuses a login that was not checked in time: the server is busy. The link ends.
    void giveUpLogin();

    /// Accepts the registration. \a workSecret goes to a client that dials work connections in advance, \a
    /// publicPort (0: unknown) to a client that serves the default tunnel.
    void accept(const QString &workSecret, quint16 publicPort);
    /// Refuses the registration; the link ends.
    void refuse(const Error &reason);

    void requestConnection(const ConnectionRequest &request) override;
    void answer(const OpenTunnelResult &result) override;
    void answer(const Services &page) override { m_channel->send(page); }
    void answer(const FreePorts &page) override { m_channel->send(page); }
    void tell(const TunnelClosed &closed) override { m_channel->send(closed); }
    void retryTunnels() override;
    /// Sends a Ping. Only for a client with proto::feature::ping.
    void ping();
    /// Sends Drain, if the client supports it: the server takes no more visitors, or confirms that this
    /// client, which is leaving, gets no more of them.
    void drain();
    /// Sends the reason (if the client supports that) and closes the link. closed() is not emitted.
    void hangUp(const QString &reason, int retryAfterS);

Q_SIGNALS:
    void stateChanged(frpx::server::FrpxClientLink::State state);
    void registrationRequested();
    /// A registered client has sent any message.
    void alive();
    void heartbeatReceived();
    void systemInfoReceived(const frpx::proto::SystemInfo &info);
    void proxyConnFailed(const QString &proxyConnId, const QString &reason);
    /// The health of the client's local service; may be reported again unchanged.
    void healthReported(const frpx::proto::Health &health);
    /// The client is about to leave.
    void drainRequested();
    /// Before the registration only queries.
    void tunnelRequested(const frpx::TunnelRequest &request);
    /// The link has ended; emitted once.
    void closed(const frpx::Error &reason);

private:
    void setState(State state);
    void onMessage(const proto::Message &message);
    void onLogin(const proto::Login &login);
    void onLoginByToken(const proto::LoginByToken &login);
    void onAuthenticated(const Result<Login> &result);
    void onRegister(const proto::Register &registration);
    void onActiveMessage(const proto::Message &message);
    void close(const Error &reason);
    void unexpected(const proto::Message &message);

    const SessionId m_id;
    LoginRateLimiter &m_logins;
    ControlChannel *m_channel;
    const qint64 m_acceptedAtMs;
    State m_state = State::AwaitingLogin;
    int m_refusedLogins = 0;
    QString m_loginRefusal; ///< empty: none
    qint64 m_userId = 0;
    qint64 m_tokenId = 0;
    QString m_email;
    UserRights m_rights;
    proto::Register m_registration;
    QStringList m_features; ///< features that both sides support
};

} // namespace frpx::server
