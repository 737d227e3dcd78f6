// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/embed/hookcall.h"

#include "common/net/ipaddress.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

void HookCall::run(const Frpx::Hook &hook)
{
    if (!hook)
        return;
    Frpx::HookContext context(*this);
    hook(context);
}

} // namespace frpx::server

namespace Frpx {

using frpx::server::DataHooks;
using frpx::server::HookCall;

static Endpoint publicEndpoint(const frpx::net::Endpoint &end)
{
    return {frpx::net::plainAddress(end.address), end.port};
}

const TunnelInfo &HookContext::tunnel() const
{
    return m_call.tunnel.info;
}

TunnelValues &HookContext::values() const
{
    return m_call.tunnel.values;
}

Endpoint HookContext::userRemoteAddress() const
{
    return publicEndpoint(m_call.visitor.remote);
}

Endpoint HookContext::userLocalAddress() const
{
    return publicEndpoint(m_call.visitor.local);
}

Endpoint HookContext::innerRemoteAddress() const
{
    return publicEndpoint(m_call.inner.remote);
}

Endpoint HookContext::innerLocalAddress() const
{
    return publicEndpoint(m_call.inner.local);
}

QByteArrayView HookContext::data() const
{
    return m_call.data;
}

quint64 HookContext::bytesToTunnel() const
{
    return m_call.bytesToTunnel;
}

quint64 HookContext::bytesToUser() const
{
    return m_call.bytesToVisitor;
}

TunnelEnd HookContext::tunnelEnd() const
{
    return m_call.event == HookCall::Event::TunnelClosed ? *m_call.tunnel.end : TunnelEnd::Closed;
}

void HookContext::abortTunnel(const QString &reason)
{
    switch (m_call.event) {
    case HookCall::Event::TunnelOpened:
        m_call.refusal = reason.isEmpty() ? u"The server refuses this tunnel."_s : reason;
        return;
    case HookCall::Event::TunnelClosed:
        return;
    case HookCall::Event::VisitorConnected:
    case HookCall::Event::Data:
        m_call.visitorAborted = true;
        break;
    case HookCall::Event::VisitorLeaving:
        break;
    }
    m_call.mailbox.postAbort(m_call.tunnel.info.id, reason);
}

void HookContext::abortUser()
{
    m_call.visitorAborted = true;
}

void HookContext::setDataHooks(const Hook &toTunnel, const Hook &toUser)
{
    if (m_call.event == HookCall::Event::TunnelOpened)
        m_call.tunnel.dataHooks = std::make_shared<const DataHooks>(DataHooks{toTunnel, toUser});
}

} // namespace Frpx
