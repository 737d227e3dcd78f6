// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/embed/serverprivate.h"

#include "common/core/throttledlog.h"
#include "common/library/publicerror.h"
#include "common/library/publicservices.h"

#include <limits>

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr LogKind tunnelAborted{lcPublic, QtInfoMsg, 200, 10};

ServerPrivate::ServerPrivate(Frpx::Server &server)
    : runner({[this](const Frpx::TunnelInfo &tunnel) {
                  tellLater([this, tunnel] { Q_EMIT m_server.tunnelOpened(tunnel); });
              },
        [this](const Frpx::TunnelInfo &tunnel, Frpx::TunnelEnd end) {
            tellLater([this, tunnel, end] { Q_EMIT m_server.tunnelClosed(tunnel, end); });
        }})
    , m_server(server)
{
    runner.mailbox().setWaker([this] {
        QMetaObject::invokeMethod(
            &m_server, [this] { settle(); }, Qt::QueuedConnection);
    });
}

ServerPrivate::~ServerPrivate()
{
    runner.mailbox().setWaker({});
}

void ServerPrivate::setState(State next)
{
    if (std::exchange(state, next) != next)
        Q_EMIT m_server.stateChanged(next);
}

QFuture<bool> ServerPrivate::start(quint16 controlPort, quint16 proxyPort)
{
    QPromise<bool> promise;
    const QFuture<bool> future = promise.future();
    promise.start();
    if (state != State::Stopped || m_stopping) {
        qCWarning(lcServer) << "The server is started already";
        promise.addResult(false);
        promise.finish();
        return future;
    }
    m_starting = std::move(promise);
    error = {};
    if (config.dataDir.isEmpty() && !config.tls.given)
        makeIdentity();
    config.controlPort = controlPort;
    config.proxyPort = proxyPort;
    app =
        std::make_unique<ServerApp>(config, Embedding{usesDataDirectory ? nullptr : &logins, &runner, true});
    // Queued: a receiver must not run inside the server's own code. A late call must not reach the next run.
    const int run = ++m_run;
    QObject::connect(
        app.get(), &ServerApp::ready, &m_server,
        [this, run] {
            if (run == m_run)
                onReady();
        },
        Qt::QueuedConnection);
    QObject::connect(
        app.get(), &ServerApp::failed, &m_server,
        [this, run](const Error &why) {
            if (run == m_run)
                stop(publicError(why));
        },
        Qt::QueuedConnection);
    QObject::connect(
        app.get(), &ServerApp::drained, &m_server,
        [this, run] {
            if (run == m_run)
                stop();
        },
        Qt::QueuedConnection);
    app->start();
    setState(State::Starting); // last: a receiver may stop, or delete, the server
    return future;
}

/// For clients that use TLS: without a data directory there is no other certificate.
void ServerPrivate::makeIdentity()
{
    const Result<TlsIdentity> made = makeSelfSigned(ownServerNames(), QDateTime::currentDateTimeUtc());
    if (made)
        config.tls.given = *made; // else the start fails with the reason
}

void ServerPrivate::onReady()
{
    if (state != State::Starting)
        return; // it was stopped in between
    QPromise<bool> promise = std::move(*m_starting);
    m_starting.reset();
    promise.addResult(true);
    promise.finish();
    setState(State::Running);
}

void ServerPrivate::stop(const Frpx::Error &failure)
{
    if (runner.isInHook()) {
        QMetaObject::invokeMethod(
            &m_server, [this] { stop(); }, Qt::QueuedConnection);
        return;
    }
    if (!app || m_stopping)
        return;
    m_stopping = true;
    app.reset(); // no other code calls hooks from here on
    runner.finish();
    m_stopping = false;
    error = failure;
    if (m_starting) {
        if (!error)
            error = {Frpx::ErrorCode::Cancelled, u"The server was stopped."_s};
        QPromise<bool> promise = std::move(*m_starting);
        m_starting.reset();
        promise.addResult(false);
        promise.finish();
    }
    const QPointer<Frpx::Server> guard(&m_server);
    tell();
    if (guard && !app)
        setState(State::Stopped);
}

void ServerPrivate::drain(std::chrono::milliseconds atMost)
{
    if (runner.isInHook()) {
        QMetaObject::invokeMethod(
            &m_server, [this, atMost] { drain(atMost); }, Qt::QueuedConnection);
        return;
    }
    if (state != State::Running)
        return stop();
    const auto seconds = std::clamp<qint64>((atMost.count() + 999) / 1000, 0, 24 * 3600);
    app->setDrainTimeout(static_cast<int>(seconds));
    app->drain();
    setState(State::Draining);
}

void ServerPrivate::settle()
{
    if (m_stopping)
        return;
    runner.settle([this](TunnelId tunnel, const QString &reason) { close(tunnel, reason); });
}

void ServerPrivate::close(TunnelId tunnel, const QString &reason)
{
    if (!app || !app->tunnels().tunnels().find(tunnel))
        return;
    if (!reason.isEmpty())
        logThrottled(tunnelAborted, u"A tunnel is aborted: "_s + logSafe(reason, 512));
    app->tunnels().close(tunnel);
}

Frpx::PortList ServerPrivate::freePorts() const
{
    Frpx::PortList list;
    if (!app) {
        for (const PortRanges::Range &range : config.allowPorts.ranges())
            list.append({range.from, range.to});
        return list;
    }
    constexpr qint64 nobody = 0; // an account without ports
    ListFreePorts request;
    while (true) {
        const FreePorts page = app->tunnels().freePorts(request, nobody);
        list += publicPorts(page.ranges);
        if (!page.more || page.ranges.empty())
            return list;
        request.afterPort = page.ranges.back().to;
    }
}

void ServerPrivate::tellLater(std::function<void()> signal)
{
    m_signals.push_back(std::move(signal));
    QMetaObject::invokeMethod(
        &m_server, [this] { tell(); }, Qt::QueuedConnection);
}

void ServerPrivate::tell()
{
    const QPointer<Frpx::Server> guard(&m_server);
    while (guard && !m_signals.empty()) {
        const std::function<void()> signal = std::move(m_signals.front());
        m_signals.pop_front();
        signal(); // a receiver may delete the server
    }
}

} // namespace frpx::server
