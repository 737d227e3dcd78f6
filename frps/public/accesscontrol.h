// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/cidrlist.h"
#include "frps/public/proxyheaderreader.h"
#include "frps/public/sourcelimiter.h"
#include "frps/work/pendingconnections.h"

#include <QObject>

#include <functional>

namespace frpx {
struct LogKind;
}

namespace frpx::server {

/// Who may use the public port.
struct AccessRules
{
    net::CidrList allowFrom; ///< empty: everybody
    net::CidrList denyFrom; ///< wins over allowFrom
    net::CidrList frontProxies; ///< their connections begin with a PROXY header that names the user
    int maxPerSource = 0; ///< connections of one address at a time; 0: no limit
};

/// Those it has not let in, since the start.
struct DoorCounters
{
    quint64 denied = 0; ///< by the access lists
    quint64 overLimit = 0; ///< for too many connections of one address
    quint64 badHeader = 0; ///< from a front proxy without its header
};

/// Stands at the public port: finds out who a user really is, and lets in who may come. Costs nothing where
/// nothing is set. Lives on the control thread.
class AccessControl : public QObject
{
    Q_OBJECT

public:
    /// Gets each user let in, in a ticket with his connection, his source as far as it had to be known, and
    /// his place among the connections of his address.
    using Handler = std::function<void(PendingConnection ticket)>;

    AccessControl(AccessRules settings, Handler handler, QObject *parent = nullptr);
    ~AccessControl() override;

    /// For the users who come from now on. Those who came while there was no limit are not counted.
    void setSettings(AccessRules settings);

    /// A new connection. The handler is called now, later, or not at all.
    void receive(UniqueFd user);
    /// Call a few times a second with steadyMs().
    void sweep(qint64 now) { m_headers.sweep(now); }

    DoorCounters counters() const;
    /// Users behind a front proxy who is still to say who they are.
    qsizetype waiting() const { return static_cast<qsizetype>(m_headers.waiting()); }

private:
    void admit(PendingConnection ticket);
    void refuse(const PendingConnection &ticket, quint64 &counter, const LogKind &kind, const char *why);

    AccessRules m_settings;
    bool m_knowsEverybody = false; ///< the source of every user matters
    Handler m_handler;
    SourceLimiter m_limiter;
    ProxyHeaderReader m_headers;
    DoorCounters m_counters;
};

/// Where the user of \a ticket comes from, asked of the system if it is not known yet; a null address if he
/// is gone.
const net::Endpoint &sourceOf(PendingConnection &ticket);

/// sourceOf() and the public address he went to, for a client.
proto::VisitorAddress visitorAddressOf(PendingConnection &ticket);

} // namespace frpx::server
