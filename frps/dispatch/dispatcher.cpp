// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/dispatch/dispatcher.h"

#include "common/core/clock.h"
#include "common/core/throttledlog.h"
#include "common/io/ioloop.h"
#include "frps/clients/controlserver.h"
#include "frps/dispatch/acquisition.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr LogKind unknownSession{lcWork, QtWarningMsg, 20};
constexpr LogKind unknownId{lcWork, QtWarningMsg, 20};
constexpr LogKind cannotServe{lcPublic, QtInfoMsg}; // per client

void refuse(const DialRequests::Request &request, const QString &why)
{
    request.waiting->loop.post([handle = request.waiting, id = request.id, why](IoLoop &) {
        if (handle->acquisition)
            handle->acquisition->onRefused(id, why);
    });
}

} // namespace

Dispatcher::Dispatcher(
    const DispatchLimits &limits, ClientRegistry &registry, ControlServer &control, QObject *parent)
    : QObject(parent)
    , m_registry(registry)
    , m_control(control)
    , m_state(limits)
    , m_orders([this] {
        QMetaObject::invokeMethod(
            this, [this] { takeOrders(); }, Qt::QueuedConnection);
    })
{
    m_state.dial = [this](DialOrder order) { m_orders.add(std::move(order)); };
    m_state.report = [this](DispatchFailure failure) {
        QMetaObject::invokeMethod(
            this, [this, failure = std::move(failure)] { onFailure(failure); }, Qt::QueuedConnection);
    };
    connect(&control, &ControlServer::clientRegistered, this, &Dispatcher::onClientRegistered);
    connect(&control, &ControlServer::clientDraining, this, &Dispatcher::onClientDraining);
    connect(&control, &ControlServer::clientLeft, this, &Dispatcher::onClientLeft);
    connect(&control, &ControlServer::proxyConnFailed, this, &Dispatcher::onRefused);
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::onClientRegistered(SessionId session)
{
    const ClientRecord *client = m_registry.find(session);
    if (!client->workSecret.isEmpty())
        m_state.work.open(session, client->workSecret, client->poolMin, steadyMs(), client->poolMax);
}

void Dispatcher::onClientDraining(SessionId session)
{
    if (m_registry.find(session)->leaving)
        // The client waits for their end: it must serve every connection that stays open.
        m_state.work.retire(session);
}

void Dispatcher::onClientLeft(SessionId session)
{
    m_state.work.close(session);
    for (const DialRequests::Request &request : m_state.requests.takeOf(session))
        refuse(request, u"its link is lost"_s);
}

void Dispatcher::onRefused(SessionId session, const QString &requestId, const QString &why)
{
    if (const std::optional<DialRequests::Request> request = m_state.requests.take(requestId, session))
        refuse(*request, logSafe(why));
}

/// Sends the requests of the loops to the clients.
void Dispatcher::takeOrders()
{
    for (const DialOrder &order : m_orders.take()) {
        const ClientRecord *client = m_registry.find(order.session);
        ClientLink *link = client && !client->leaving ? m_control.link(order.session) : nullptr;
        if (link) {
            link->requestConnection(order.request); // a broken link leads to onClientLeft()
            continue;
        }
        // It has left, or may have stopped to dial in, since it was chosen.
        if (const std::optional<DialRequests::Request> request = m_state.requests.take(order.request.id))
            refuse(*request, client ? u"it is leaving"_s : u"its link is lost"_s);
    }
}

void Dispatcher::onWorkConnection(const WorkOpening &opening, WorkConn work)
{
    if (opening.isRequested)
        return onRequestedConnection(opening.key, std::move(work));
    if (!m_state.work.knows(opening.key)) {
        logThrottled(unknownSession,
            u"Work connection from %1 refused: its session is unknown or over"_s.arg(
                net::peerOf(work.get()).toString()));
    } else if (!m_state.work.add(opening.key, std::move(work))) {
        qCDebug(lcWork) << "A work connection dialled in advance is closed: enough of them wait";
    }
}

void Dispatcher::onRequestedConnection(const QString &requestId, WorkConn work)
{
    if (const std::optional<DialRequests::Request> request = m_state.requests.take(requestId)) {
        return request->waiting->loop.post(
            [handle = request->waiting, requestId, work = std::move(work)](IoLoop &) mutable {
                if (handle->acquisition)
                    handle->acquisition->onDialledIn(requestId, std::move(work));
                else // its visitor has gone; the service must not take this for the end of a stream
                    net::resetOnClose(work.get());
            });
    }
    if (m_control.answerProbe(requestId))
        return;
    net::resetOnClose(work.get()); // a reset: the service must not take this for the end of a stream
    logThrottled(unknownId,
        u"Work connection from %1 refused: its id is unknown, used or expired"_s.arg(
            net::peerOf(work.get()).toString()));
}

void Dispatcher::onFailure(const DispatchFailure &failure)
{
    const QString &clientId = failure.client->clientId;
    logThrottled(
        cannotServe, u"Client '%1' cannot serve a connection: %2"_s.arg(clientId, failure.why), clientId);
    if (failure.counts && !(m_heldUp && m_heldUp(failure.client->source)))
        failure.pool->failed(failure.client->session, steadyMs());
}

void Dispatcher::sweep()
{
    m_state.work.sweep(steadyMs());
}

} // namespace frpx::server
