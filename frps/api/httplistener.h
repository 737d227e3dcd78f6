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

/// Whether the API knows who sent a request; see ApiGate::isKnown().
using ApiRecognition = std::function<bool(const ApiRequest &)>;

/// Accepts the connections of the API for QHttpServer::bind() and keeps their number and their time within
/// limits, which QHttpServer 6.4 does not do at all. One timer watches all of them, and HttpTurns shares out
/// the time that they may take of this thread.
class HttpListener : public QTcpServer
{
    Q_OBJECT

public:
    /// \a isKnown null: everybody is.
    explicit HttpListener(const HttpLimits &limits = {}, ApiClock clock = systemApiTime,
        ApiRecognition isKnown = {}, QObject *parent = nullptr);

    /// For connections from now on.
    void setTls(const QSslConfiguration &tls) { m_tls = tls; }

    /// As QTcpServer::listen(), which does not accept here.
    bool listenOn(const QHostAddress &address, quint16 port);

    /// Connections being served; those that were refused are on their way out and do not count.
    qsizetype openConnections() const { return m_serving.size(); }

    /// Whose request QHttpServer is being given right now; null outside of that.
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
    FdListener m_acceptor; ///< in place of QTcpServer's own accepting, which spins when descriptors run out
};

} // namespace frpx::server
