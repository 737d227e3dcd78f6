// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/cidrlist.h"
#include "frps/frontend/proxyheaderreader.h"
#include "frps/frontend/sourcelimiter.h"
#include "frps/frontend/visitorconnection.h"

#include <QObject>

#include <functional>

namespace frpx {
struct LogKind;
}

namespace frpx::server {

/// The addresses that may use a public port.
struct AccessRules
{
    net::CidrList allowFrom; ///< empty: all
    net::CidrList denyFrom; ///< takes precedence over allowFrom
    net::CidrList frontProxies; ///< their connections begin with a PROXY header that names the visitor
    int maxPerSource = 0; ///< concurrent connections of one address; 0: no limit
};

/// Counters of refused connections, since the start.
struct AccessCounters
{
    quint64 denied = 0; ///< by the access lists
    quint64 overLimit = 0; ///< for too many connections of one address
    quint64 badHeader = 0; ///< from a front proxy, without a valid header
};

/// Checks each connection to a public port against the rules, by the address in the PROXY header if a front
/// proxy sent one. Costs nothing without rules. Lives on the control thread.
class AccessControl : public QObject
{
    Q_OBJECT

public:
    /// Gets each accepted connection: with its source as far as it had to be known, and with its place among
    /// the connections of its address.
    using Handler = std::function<void(VisitorConnection visitor)>;

    AccessControl(AccessRules settings, Handler handler, QObject *parent = nullptr);
    ~AccessControl() override;

    /// For later connections. Connections accepted without a limit are not counted.
    void setSettings(AccessRules settings);

    /// A new connection. The handler is called now, later, or not at all.
    void receive(UniqueFd fd);
    /// Call a few times a second with steadyMs().
    void sweep(qint64 now) { m_headers.sweep(now); }

    AccessCounters counters() const;
    /// Connections of front proxies whose header has not arrived yet.
    qsizetype waiting() const { return static_cast<qsizetype>(m_headers.waiting()); }

private:
    void admit(VisitorConnection visitor);
    void refuse(const VisitorConnection &visitor, quint64 &counter, const LogKind &kind, const char *why);

    AccessRules m_settings;
    bool m_knowsEverybody = false; ///< some rule needs the source address
    Handler m_handler;
    SourceLimiter m_limiter;
    ProxyHeaderReader m_headers;
    AccessCounters m_counters;
};

} // namespace frpx::server
