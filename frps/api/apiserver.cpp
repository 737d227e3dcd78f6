// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/apiserver.h"

#include "common/core/throttledlog.h"
#include "common/net/ipaddress.h"
#include "frps/api/apiservice.h"
#include "frps/api/httplistener.h"
#include "frps/api/httpsocket.h"

#include <QAbstractHttpServer>
#include <QHostAddress>
#include <QHttpServerRequest>
#include <QHttpServerResponder>
#include <QHttpServerResponse>
#include <QPointer>
#include <QUrl>

#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
#include <QHttpHeaders>
#endif

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind requestRefused{lcApi};

QByteArray methodName(QHttpServerRequest::Method method)
{
    switch (method) {
    case QHttpServerRequest::Method::Get:
        return "GET"_ba;
    case QHttpServerRequest::Method::Put:
        return "PUT"_ba;
    case QHttpServerRequest::Method::Delete:
        return "DELETE"_ba;
    case QHttpServerRequest::Method::Post:
        return "POST"_ba;
    case QHttpServerRequest::Method::Head:
        return "HEAD"_ba;
    case QHttpServerRequest::Method::Options:
        return "OPTIONS"_ba;
    case QHttpServerRequest::Method::Patch:
        return "PATCH"_ba;
    default:
        return "UNKNOWN"_ba;
    }
}

QHttpServerResponse toQt(const ApiResponse &response)
{
    QHttpServerResponse out(response.header("Content-Type"), response.body,
        static_cast<QHttpServerResponse::StatusCode>(response.status));
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
    QHttpHeaders headers = out.headers();
    for (const auto &[name, value] : response.headers)
        headers.replaceOrAppend(name, value);
    out.setHeaders(std::move(headers));
#else
    for (const auto &[name, value] : response.headers)
        out.setHeader(name, value);
#endif
    return out;
}

} // namespace

/// Sends every request to a service or the router: QHttpServer's own routes support neither HEAD nor 405 nor
/// an encoded slash.
class ApiServer::Server : public QAbstractHttpServer
{
public:
    Server(std::optional<ApiRouter> router, ApiClock clock)
        : m_router(std::move(router))
        , m_clock(std::move(clock))
    { }

    void addService(ApiService &service) { m_services.push_back(&service); }
    void setGate(ApiGate gate) { m_gate = std::move(gate); }
    void setListener(const HttpListener *listener) { m_listener = listener; }
    bool isKnown(const ApiRequest &request) const { return !m_gate || m_gate->isKnown(request); }

protected:
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    bool handleRequest(const QHttpServerRequest &request, QHttpServerResponder &responder) override
    {
        if (const std::optional<ApiResponse> response = answer(request))
            responder.sendResponse(toQt(*response));
        return true;
    }
    void missingHandler(const QHttpServerRequest & /*request*/, QHttpServerResponder & /*responder*/) override
    { }
#else
    bool handleRequest(const QHttpServerRequest &request, QTcpSocket *socket) override
    {
        if (const std::optional<ApiResponse> response = answer(request))
            toQt(*response).write(makeResponder(request, socket));
        return true;
    }
    void missingHandler(const QHttpServerRequest & /*request*/, QTcpSocket * /*socket*/) override { }
#endif

private:
    /// The answer, if QHttpServer can send it. Nullopt: a service has the request, or the answer is a list.
    /// These write to the socket directly, since QHttpServer's responder does not survive the end of the
    /// connection in every version.
    std::optional<ApiResponse> answer(const QHttpServerRequest &request)
    {
        const QUrl url = request.url();
        const QByteArray path = url.path(QUrl::FullyEncoded).toLatin1();
        if (!url.isValid() && path != "*"_ba) // "OPTIONS *" is no URL, but valid
            return failureResponse(400, u"The Host field is malformed"_s, m_clock());
        ApiRequest asked = toApi(request, url, path);
        const QByteArray origin = asked.origin;
        std::optional<ApiResponse> response;
        if (m_gate)
            response = m_gate->refusal(asked, m_clock());
        if (response)
            noteRefusal(request, *response);
        else if (serve(asked, origin))
            return std::nullopt;
        else if (m_router)
            response = m_router->handle(asked);
        else
            response = failureResponse(404, u"There is nothing at this address"_s, m_clock());
        if (m_gate)
            m_gate->addCors(origin, asked.method, *response);
        HttpSocket *socket = m_listener ? m_listener->answering() : nullptr;
        if (!response->items || !socket)
            return response;
        socket->deliver(socket->deferAnswer(), *std::move(response)); // sends the list in parts
        return std::nullopt;
    }

    bool serve(const ApiRequest &asked, const QByteArray &origin)
    {
        HttpSocket *socket = m_listener ? m_listener->answering() : nullptr;
        if (!socket || asked.path == "*"_ba)
            return false;
        for (ApiService *service : m_services) {
            if (!service->owns(asked.path))
                continue;
            const quint64 number = socket->deferAnswer();
            service->answer(asked,
                [guard = QPointer<HttpSocket>(socket), number, gate = m_gate, origin, method = asked.method](
                    ApiResponse response) {
                    if (gate)
                        gate->addCors(origin, method, response);
                    if (guard)
                        guard->deliver(number, std::move(response));
                });
            return true;
        }
        return false;
    }

    void noteRefusal(const QHttpServerRequest &request, const ApiResponse &response)
    {
        logThrottled(requestRefused,
            u"A request to the API from %1 is refused with %2"_s.arg(request.remoteAddress().toString())
                .arg(response.status));
    }

    static ApiRequest toApi(const QHttpServerRequest &request, const QUrl &url, const QByteArray &path)
    {
        ApiRequest asked{
            methodName(request.method()), path, url.query(QUrl::FullyEncoded).toLatin1(), request.body()};
        asked.origin = request.value("Origin"_ba);
        asked.fetchSite = request.value("Sec-Fetch-Site"_ba);
        asked.host = request.value("Host"_ba);
        asked.authorization = request.value("Authorization"_ba);
        asked.peerIsLoopback = net::plainAddress(request.remoteAddress()).isLoopback();
        return asked;
    }

    const std::optional<ApiRouter> m_router;
    const ApiClock m_clock;
    std::optional<ApiGate> m_gate;
    std::vector<ApiService *> m_services;
    const HttpListener *m_listener = nullptr;
};

ApiServer::ApiServer(const ServerView &view, ServerCommands &commands, const HttpLimits &limits,
    ApiClock clock, QObject *parent)
    : QObject(parent)
    , m_limits(limits)
    , m_clock(std::move(clock))
    , m_server(std::make_unique<Server>(ApiRouter(view, commands, m_clock), m_clock))
{ }

ApiServer::ApiServer(const HttpLimits &limits, ApiClock clock, QObject *parent)
    : QObject(parent)
    , m_limits(limits)
    , m_clock(std::move(clock))
    , m_server(std::make_unique<Server>(std::nullopt, m_clock))
{ }

void ApiServer::setGate(ApiGate gate)
{
    m_server->setGate(std::move(gate));
}

void ApiServer::addService(ApiService &service)
{
    m_server->addService(service);
}

ApiServer::~ApiServer() = default;

void ApiServer::setTls(const QSslConfiguration &tls)
{
    m_tls = tls;
    if (m_listener)
        m_listener->setTls(tls);
}

Result<quint16> ApiServer::listen(const QHostAddress &address, quint16 port)
{
    Q_ASSERT(!m_listener);
    auto listener = std::make_unique<HttpListener>(m_limits, m_clock,
        [server = m_server.get()](const ApiRequest &request) { return server->isKnown(request); });
    if (m_tls)
        listener->setTls(*m_tls);
    if (!listener->listenOn(address, port)) {
        return Error{Errc::Io,
            u"Cannot listen on %1 port %2 for the API: %3"_s.arg(address.toString())
                .arg(port)
                .arg(listener->errorString())};
    }
    m_listener = listener.release();
    m_server->setListener(m_listener);
    m_server->bind(m_listener); // becomes its parent
    return m_listener->serverPort();
}

qsizetype ApiServer::openConnections() const
{
    return m_listener ? m_listener->openConnections() : 0;
}

} // namespace frpx::server
