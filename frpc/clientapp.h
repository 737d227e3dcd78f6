// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/clientconfig.h"
#include "frpc/clientsession.h"
#include "frpc/tokenfile.h"
#include "frpc/trustprompt.h"
#include "frpc/tunnelconfig.h"

#include <QHash>
#include <QObject>
#include <QTimer>

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

    /// Goes over to another configuration: changed tunnels are closed and opened, refused ones asked for
    /// again, and so are those that the administrator has closed; the others are not touched. If anything
    /// else about the session has changed, a new session takes the place of the old, which lets what is under
    /// way end. \return a sentence on what has changed.
    QString apply(const ClientConfig &next);
    /// As that, and calls \a done once, later, when the server has answered for the tunnels, or is away, or
    /// after some seconds: with the sentence, or Errc::Forbidden with the sentence and one line for each
    /// tunnel that is refused.
    void apply(const ClientConfig &next, std::function<void(const Result<QString> &)> done);
    /// How long that waits for the server; 8 s if not set.
    void setAnswerTimeout(int milliseconds) { m_answerTimeoutMs = milliseconds; }
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
    void watchTunnels(ClientSession *session);
    int retryTunnels(const TunnelChanges &changes);
    bool isAnswered() const;
    void settleReloads();
    QStringList refusals() const;
    QString restOfAnswer() const;

    /// A tunnel as it has been asked for at the session.
    struct Asked
    {
        int id = 0;
        QString refusal; ///< why it is not asked for again by itself; empty: it is, or it is open
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
    std::vector<Reload> m_reloads; ///< that wait for the server's answers
    QTimer m_reloadTimer; ///< until the first deadline
    int m_answerTimeoutMs = 8000; // less than ReloadServer::maxWorkMs
    std::unique_ptr<ClientSession> m_session; ///< null after drain()
    std::vector<std::unique_ptr<ClientSession>> m_leaving; ///< replaced, and not done yet; oldest first
    bool m_isStopping = false;
    int m_questions = 0; ///< asked since the last success
};

} // namespace frpx::client
