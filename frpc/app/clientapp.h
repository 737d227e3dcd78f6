// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/config/clientconfig.h"
#include "frpc/config/tunnelconfig.h"
#include "frpc/session/serversession.h"
#include "frpc/session/tokenfile.h"
#include "frpc/trust/trustprompt.h"

#include <QHash>
#include <QObject>
#include <QTimer>

namespace frpx::client {

/// The client without a user interface: a ServerSession with its token file. Questions go to the terminal or
/// to the windows of the program.
class ClientApp : public QObject
{
    Q_OBJECT

public:
    /// Asks a person on the terminal; replaced in tests.
    using Ask = std::function<Result<QString>(const QString &prompt)>;

    /// Without \a askLine there are no questions on the terminal: after loginNeeded() the caller calls
    /// logIn(), and the receiver of sessionMade() handles questions about certificates.
    ClientApp(const ClientConfig &config, Ask askLine, Ask askPassword, QObject *parent = nullptr);

    void start();
    /// Answers loginNeeded(), or sets the login in advance.
    void logIn(const QString &email, const QString &password);
    /// Null after drain().
    ServerSession *session() const { return m_session.get(); }
    /// How tunnels are opened and closed in a session; set before start().
    struct TunnelHooks
    {
        /// \return an id for close()
        std::function<int(ServerSession &session, const TunnelSpec &tunnel)> open;
        std::function<void(ServerSession &session, int id)> close;
    };
    void setTunnelHooks(TunnelHooks hooks) { m_tunnelHooks = std::move(hooks); }
    /// Without it, no question is asked about an unknown server.
    void setAskTrust(AskTrust ask) { m_askTrust = std::move(ask); }

    /// Changes to another configuration: changed tunnels are closed and opened; tunnels that the server has
    /// refused or the administrator has closed are requested again; other tunnels are not touched. If any
    /// other setting of the session has changed, a new session replaces the old one, whose open connections
    /// may end. \return a sentence that says what has changed.
    QString apply(const ClientConfig &next);
    /// The same, and calls \a done once, later: when the server has answered for the tunnels, when there is
    /// no connection, or after a time-out. The result is the sentence, or Errc::Forbidden with the sentence
    /// and one line for each refused tunnel.
    void apply(const ClientConfig &next, std::function<void(const Result<QString> &)> done);
    /// How long \a done waits for the server; 8 s if not set.
    void setAnswerTimeout(int milliseconds) { m_answerTimeoutMs = milliseconds; }
    /// Leaves the server; open connections may end within the drain time-out. Then stopped().
    void drain();
    /// Leaves at once.
    void stop();

Q_SIGNALS:
    /// A session has been created, by start() or apply(), and is not started yet.
    void sessionMade(frpx::client::ServerSession *session);
    /// See the constructor, and ServerSession::loginNeeded().
    void loginNeeded(const frpx::Error &error);
    /// There is nothing left to try: the sentence says what to do.
    void failed(const frpx::Error &error);
    /// The end of drain(). Connections that are still open are cut when the program ends.
    void stopped();

private:
    void onLoginNeeded(const Error &error);
    void onTrustNeeded(const ServerCertificate &shown);

    void makeSession(bool useToken);
    void leaveSession();
    void openTunnel(const TunnelSpec &tunnel);
    void watchTunnels(ServerSession *session);
    int retryTunnels(const TunnelChanges &changes);
    bool isAnswered() const;
    void settleReloads();
    QStringList refusals() const;
    QString restOfAnswer() const;

    /// A tunnel that the session was asked to open.
    struct Asked
    {
        int id = 0;
        QString refusal; ///< why it is not requested again; empty: it is, or it is open
        bool isDeleted = false; ///< the server's administrator has closed it
    };
    struct Reload
    {
        QString said;
        std::function<void(const Result<QString> &)> done;
        qint64 deadlineMs = 0;
    };

    ClientConfig m_config;
    Ask m_askLine;
    Ask m_askPassword;
    AskTrust m_askTrust;
    TokenFile m_tokenFile;
    TunnelHooks m_tunnelHooks;
    QHash<QString, Asked> m_tunnels; ///< by name
    std::vector<Reload> m_reloads; ///< those that wait for answers of the server
    QTimer m_reloadTimer; ///< until the earliest deadline
    int m_answerTimeoutMs = 8000; // less than ReloadServer::maxWorkMs
    std::unique_ptr<ServerSession> m_session; ///< null after drain()
    std::vector<std::unique_ptr<ServerSession>>
        m_leaving; ///< replaced sessions whose connections have not ended; oldest first
    bool m_isStopping = false;
    int m_questions = 0; ///< logins asked for since the last success
};

} // namespace frpx::client
