// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relayhandler.h"
#include "frpc/tunnels/servicemap.h"
#include "frpc/work/answerwatch.h"
#include "frpc/work/serverdial.h"
#include "frpc/work/servicedial.h"

#include <functional>

namespace frpx::client {

/// What the connections share that a server asks for during one session. Created on the control thread, used
/// by the relay loops; all members are constants or atomics.
struct RequestContext
{
    WorkRoute route;
    std::shared_ptr<ServiceMap> services; ///< the local services of the tunnels
    SilentService silentService; ///< of the default tunnel; null: not watched
    qint64 timeoutMs = 0; ///< until both sides are connected
    /// Called in a loop's thread: there is no connection for \a id, for \a reason.
    std::function<void(const QString &id, const QString &reason)> failed;
    /// Called in a loop's thread: the local service did not answer, and failed() does not follow.
    std::function<void()> serviceFailed;

    std::atomic<bool> takesFailures = false; ///< the server does
    std::atomic<bool> isOver = false; ///< the control link is lost: ends what does not relay yet
    std::atomic<int> dialling = 0; ///< connections that do not relay yet
};

/// A work connection that the server has asked for: connects to the server and to the local service at the
/// same time, introduces itself once both are connected, and relays. Lives in a relay loop.
class RequestedConnection : public RelayHandler, private ServiceDialOwner
{
public:
    struct Request
    {
        QString proxyConnId;
        QString tunnel; ///< empty: the default tunnel
        net::DialTarget target; ///< the local service
        QByteArray header; ///< for the service, before the visitor's first byte
        std::shared_ptr<RelayMeter> meter; ///< shared with the relay
        Result<UniqueFd> server; ///< of ServerDial::beginConnect()
    };

    /// \a context counts it in `dialling` already.
    static void start(IoLoop &loop, std::shared_ptr<RequestContext> context, Request request);

    RequestedConnection(IoLoop &loop, std::shared_ptr<RequestContext> context, Request request);
    ~RequestedConnection() override;

    void onIo(int side, IoEvents events) override;
    void onTurn() override;
    void onHandshakeTurn() override { step(m_server.onHandshakeTurn()); }
    void onTick(qint64 nowMs) override;
    void onInspection(const SilenceLimits &limits) override;
    bool wantsRead(int side) const override;
    bool wantsWrite(int side) const override;

private:
    static constexpr int serverSide = 0;
    static constexpr int serviceSide = 1;

    void dial();
    void step(ServerDial::Progress progress);
    void introduce();
    void relay();
    void onServiceReached() override;
    void onServiceFailed(const QString &reason) override;
    void fail(const QString &reason, const QString &service = {});
    void end();
    void leaveDialling();

    const std::shared_ptr<RequestContext> m_context; ///< shared with the others of the session
    Request m_request;
    ServerDial m_server;
    ServiceDial m_service;
    UniqueFd m_serviceFd; ///< connected
    bool m_isServerConnected = false;
    bool m_hasServiceFailed = false; ///< only the introduction to an original server is left
    bool m_isDialling = true; ///< counted in the context
    bool m_keptAlive = false; ///< TCP keep-alive is set
    qint64 m_startedMs = 0;
    AnswerWatch m_watch; ///< while relaying
};

} // namespace frpx::client
