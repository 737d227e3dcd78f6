// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/fdlistener.h"
#include "frps/api/apienvelope.h"
#include "frps/api/httplimits.h"
#include "frps/api/httpturns.h"
#include "frps/api/sourcerate.h"

#include <QSet>
#include <QSslConfiguration>
#include <QTcpServer>
#include <QTimer>

#include <functional>
#include <optional>

namespace frpx::server {

class HttpSocket;
struct ApiRequest;
struct RequestHead;

/// Whether the sender of a request is known; see ApiGate::isKnown().
using ApiRecognition = std::function<bool(const ApiRequest &)>;

/// Accepts the connections of the API for QHttpServer::bind() and limits their number and their time, which
/// QHttpServer 6.4 does not. One timer checks all of them, and HttpTurns limits the time that they take of
/// this thread.
class HttpListener : public QTcpServer
{
    Q_OBJECT

public:
    /// \a isKnown null: every sender is known.
    explicit HttpListener(const HttpLimits &limits = {}, ApiClock clock = systemApiTime,
        ApiRecognition isKnown = {}, QObject *parent = nullptr);

    /// For later connections.
    void setTls(const QSslConfiguration &tls) { m_tls = tls; }

    /// As QTcpServer::listen(), which is not usable here: m_acceptor accepts.
    bool listenOn(const QHostAddress &address, quint16 port);

    /// The connections being served, without those that were refused and are about to close.
    qsizetype openConnections() const { return m_serving.size(); }

    /// The connection whose request QHttpServer gets right now; else null.
    HttpSocket *answering() const { return m_answering; }

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void serve(qintptr descriptor);
    std::optional<std::chrono::nanoseconds> admit(const HttpSocket &socket, const RequestHead &head);
    void onSweep();
    void forget(HttpSocket *socket);
    bool makeRoom();

    const HttpLimits m_limits;
    const ApiClock m_clock;
    const ApiRecognition m_isKnown;
    std::optional<QSslConfiguration> m_tls; ///< none: plain HTTP
    QSet<HttpSocket *> m_serving;
    QSet<HttpSocket *> m_refused;
    HttpSocket *m_answering = nullptr;
    QTimer m_sweeper;
    SourceRate m_unknownRate;
    HttpTurns m_turns;
    /// Replaces QTcpServer's own accept, which uses all of a processor when descriptors run out.
    FdListener m_acceptor;
};

} // namespace frpx::server
