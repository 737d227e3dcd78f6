// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/clientconfig.h"
#include "frpc/clientsession.h"
#include "frpc/tokenfile.h"
#include "frpc/trustprompt.h"

#include <QObject>

namespace frpx::client {

/// The client without a face: a ClientSession with its token file, and questions asked on the terminal or by
/// whoever shows windows.
class ClientApp : public QObject
{
    Q_OBJECT

public:
    /// How a person is asked; replaced in tests.
    using Ask = std::function<Result<QString>(const QString &prompt)>;

    /// Without \a askLine nobody is asked: loginNeeded() says that logIn() is waited for, and of certificates
    /// whoever has got the session from sessionMade() hears.
    ClientApp(const ClientConfig &config, Ask askLine, Ask askPassword, QObject *parent = nullptr);

    void start();
    /// The answer to loginNeeded(), or ahead of it.
    void logIn(const QString &email, const QString &password);
    /// Null after drain().
    ClientSession *session() const { return m_session.get(); }
    /// How tunnels are opened and closed at a session; to be set before start().
    struct TunnelHooks
    {
        /// \return an id for close()
        std::function<int(ClientSession &session, const TunnelSpec &tunnel)> open;
        std::function<void(ClientSession &session, int id)> close;
    };
    void setTunnelHooks(TunnelHooks hooks) { m_tunnelHooks = std::move(hooks); }
    /// Without it nobody is there to be asked about a server that is not known.
    void setAskTrust(AskTrust ask) { m_askTrust = std::move(ask); }

    /// Goes over to another configuration: changed tunnels are closed and opened, the others are not touched.
    /// If anything else about the session has changed, a new session takes the place of the old, which lets
    /// what is under way end. \return a sentence on what has changed.
    QString apply(const ClientConfig &next);
    /// Leaves the server, letting what is under way end within the drain time-out; then stopped().
    void drain();
    /// Leaves at once.
    void stop();

Q_SIGNALS:
    /// A session has been made, at the start or by apply(), and does nothing yet.
    void sessionMade(frpx::client::ClientSession *session);
    /// See the constructor, and ClientSession::loginNeeded().
    void loginNeeded(const frpx::Error &error);
    /// Nothing left to try: the sentence says what to do.
    void failed(const frpx::Error &error);
    /// After drain(): time to go. What is left is cut when the program ends.
    void stopped();

private:
    void onLoginNeeded(const Error &error);
    void onTrustNeeded(const ServerCertificate &shown);

    void makeSession(bool useToken);
    void leaveSession();
    void openTunnel(const TunnelSpec &tunnel);

    ClientConfig m_config;
    Ask m_askLine;
    Ask m_askPassword;
    AskTrust m_askTrust;
    TokenFile m_tokenFile;
    TunnelHooks m_tunnelHooks;
    QHash<QString, int> m_tunnelIds; ///< by name, at the session
    std::unique_ptr<ClientSession> m_session; ///< null after drain()
    std::vector<std::unique_ptr<ClientSession>> m_leaving; ///< replaced, and not done yet; oldest first
    bool m_isStopping = false;
    int m_questions = 0; ///< asked since the last success
};

} // namespace frpx::client
