// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/accesscontrol.h"

#include "common/core/throttledlog.h"
#include "common/net/sockets.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr LogKind denied{lcPublic};
constexpr LogKind overLimit{lcPublic};

AccessControl::AccessControl(AccessRules settings, Handler handler, QObject *parent)
    : QObject(parent)
    , m_handler(std::move(handler))
    , m_limiter(settings.maxPerSource)
    , m_headers([this](UniqueFd fd, const net::Endpoint &proxy, const proxyproto::Header &header) {
        VisitorConnection visitor;
        visitor.fd = std::move(fd);
        // False: the header describes a connection of the proxy itself.
        const bool told = !header.source.address.isNull();
        visitor.source = told ? header.source : proxy;
        if (told)
            visitor.target = header.target;
        admit(std::move(visitor));
    })
{
    setSettings(std::move(settings));
}

AccessControl::~AccessControl() = default;

void AccessControl::setSettings(AccessRules settings)
{
    m_settings = std::move(settings);
    m_knowsEverybody = !m_settings.allowFrom.isEmpty() || !m_settings.denyFrom.isEmpty()
        || !m_settings.frontProxies.isEmpty() || m_settings.maxPerSource > 0;
    m_limiter.setLimit(m_settings.maxPerSource);
}

void AccessControl::receive(UniqueFd fd)
{
    VisitorConnection visitor;
    visitor.fd = std::move(fd);
    if (!m_knowsEverybody)
        return m_handler(std::move(visitor));
    if (sourceOf(visitor).address.isNull())
        return; // the visitor has closed
    if (m_settings.frontProxies.contains(visitor.source.address))
        return m_headers.read(std::move(visitor.fd), visitor.source);
    admit(std::move(visitor));
}

void AccessControl::admit(VisitorConnection visitor)
{
    const QHostAddress &address = visitor.source.address;
    if (m_settings.denyFrom.contains(address)
        || (!m_settings.allowFrom.isEmpty() && !m_settings.allowFrom.contains(address)))
        return refuse(visitor, m_counters.denied, denied, "the access lists refuse it");
    if (m_limiter.isOn()) {
        visitor.lease = m_limiter.take(address);
        if (!visitor.lease)
            return refuse(visitor, m_counters.overLimit, overLimit, "its address has too many connections");
    }
    m_handler(std::move(visitor));
}

void AccessControl::refuse(
    const VisitorConnection &visitor, quint64 &counter, const LogKind &kind, const char *why)
{
    ++counter;
    net::resetOnClose(visitor.fd.get()); // no state stays in the kernel, not even TIME_WAIT
    logThrottled(
        kind, u"A connection from %1 is closed: %2"_s.arg(visitor.source.toString(), QLatin1String(why)));
}

AccessCounters AccessControl::counters() const
{
    AccessCounters counters = m_counters;
    counters.badHeader = m_headers.refused();
    return counters;
}

} // namespace frpx::server
