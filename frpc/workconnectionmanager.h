// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaypool.h"
#include "frpc/workconnection.h"

#include <QObject>
#include <QTimer>

namespace frpx::client {

/// Keeps work connections dialled in advance, so that a user costs no round trip to this client. As many as
/// the settings say at least; more when a burst has found them all taken; fewer again when the server closes
/// what it has not needed for a while. Lives on the control thread; the connections live in the relay loops.
class WorkConnectionManager : public QObject
{
    Q_OBJECT

public:
    struct Size
    {
        int min = 16; ///< a page with its pictures is served at once
        int max = 128;
    };

    /// \a services: where the users go; shared with the connections.
    WorkConnectionManager(
        RelayPool &relays, Size size, std::shared_ptr<ServiceMap> services, QObject *parent = nullptr);
    ~WorkConnectionManager() override;

    int min() const { return m_size.min; }
    int max() const { return m_size.max; }
    /// The server gives connections back when their users have ended; from the next open() on.
    void setReuse(bool on) { m_reuses = on; }
    /// Told of the service of the default tunnel; from the next open() on.
    void setSilentService(SilentService silent) { m_silentService = std::move(silent); }
    /// The service gets a header of this kind in front of every connection; from the next open() on.
    void setProxyProtocol(proxyproto::Version version) { m_proxyProtocol = version; }

    /// Begins to dial: \a sessionSecret came with the registration.
    void open(const WorkRoute &route, const QString &sessionSecret, std::shared_ptr<RelayMeter> meter);
    /// The client is about to leave: dials no more. What waits stays open until the server closes it, since
    /// users may be on their way there.
    void drain();
    /// The session has ended: closes what waits; running relays go on.
    void close();

    /// The server had to ask for a connection: there were too few.
    void onMissed();

Q_SIGNALS:
    /// Users came and the local service did not take them; reported about once a second.
    void serviceFailed();

private:
    /// Calls \a what for each connection that no user has been given to.
    void forEachWaiting(void (WorkConnection::*what)());
    void onRefill();
    void fill(int restMs = 0);

    RelayPool &m_relays;
    const Size m_size;
    bool m_reuses = false;
    proxyproto::Version m_proxyProtocol = proxyproto::Version::None;
    SilentService m_silentService; ///< null: nobody wants to know
    const std::shared_ptr<ServiceMap> m_services; ///< shared with the work connections
    /// Shared with the work connections, which end in their own time. Null while there is no session.
    std::shared_ptr<WorkContext> m_share;
    QTimer m_refill; ///< replaces what broke, ever later if that breaks as well
    size_t m_nextLoop = 0;
};

} // namespace frpx::client
