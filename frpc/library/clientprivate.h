// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/library/conversions.h"
#include "frpc/library/tunnelprivate.h"
#include "frpc/session/serversession.h"
#include "frpc/session/tokenfile.h"

#include <QHash>
#include <QPromise>

#include <map>

#include <Frpx/client.h>

namespace Frpx {

/// The private part of Client: owns a ServerSession and its surroundings.
///
/// Every signal of the session is queued, so that a program may do anything in its slots, including deleting
/// the client. Each function calls the program as its last statement, or checks afterwards that the client
/// still exists.
class ClientPrivate
{
public:
    ClientPrivate(Client *client, const ClientOptions &options);
    ~ClientPrivate();
    Q_DISABLE_COPY_MOVE(ClientPrivate)

    void start();
    Client::State state() const { return publicState(session->state()); }

    Tunnel *open(const TunnelOptions &wanted);
    void close(Tunnel *tunnel);
    /// \a tunnel is being deleted.
    void forget(Tunnel *tunnel);

    template <typename T>
    QFuture<Answer<T>> ask(frpx::client::ListQuery query, T (*convert)(const frpx::client::ListQuery &answer))
    {
        auto promise = std::make_shared<QPromise<Answer<T>>>(); // shared, as std::function has to be copyable
        promise->start();
        QFuture<Answer<T>> future = promise->future();
        ask(std::move(query), [promise, convert](const frpx::Result<frpx::client::ListQuery> &result) {
            promise->addResult(answerOf<T>(result, convert));
            promise->finish();
        });
        return future;
    }

    Client *const q;
    ClientOptions options;
    bool hasToken = false; ///< from the program
    std::unique_ptr<frpx::client::ServerSession> session;
    QHash<int, Tunnel *> openById; ///< not closed; by the id in the session
    QList<Tunnel *> tunnels; ///< all tunnels, oldest first

private:
    using Question = std::function<void(const frpx::Result<frpx::client::ListQuery> &)>;

    static Client::State publicState(frpx::client::ServerSession::State state);
    void listen();
    void ask(frpx::client::ListQuery query, Question question);
    void answer(quint64 id, const frpx::Result<frpx::client::ListQuery> &result);
    void onStateChanged(Client::State state);
    void onTokenIssued(const QString &token);
    static void handOver(Tunnel *tunnel, QTcpSocket *socket, const TunnelUser &user);
    void onOpened(int id, quint16 port);
    void onDelayed(int id, const Error &error);
    void end(Tunnel *tunnel, Tunnel::CloseReason reason, const Error &error = {});

    frpx::TokenFile m_tokenFile;
    std::optional<frpx::Error> m_fault; ///< of the options: the client is never started
    Client::State m_toldState = Client::State::Stopped;
    std::map<quint64, Question> m_questions; ///< queries whose result the program waits for
    quint64 m_lastQuestion = 0;
};

} // namespace Frpx
