// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaypool.h"
#include "frpc/work/workconnection.h"
#include "frpc/work/worktiming.h"

#include <QObject>
#include <QTimer>

namespace frpx::client {

/// Keeps work connections dialled in advance, so that a visitor costs no round trip to this client: at least
/// the number in the settings; more after a burst has used all of them; fewer again when the server closes
/// those that it has not needed for a while. Lives on the control thread; the connections live in the relay
/// loops.
class WorkConnectionManager : public QObject
{
    Q_OBJECT

public:
    struct Size
    {
        int min = 16; ///< enough for a page with its pictures at once
        int max = 128;
    };

    /// \a services: the local services; shared with the connections.
    WorkConnectionManager(RelayPool &relays, Size size, std::shared_ptr<ServiceMap> services,
        const WorkTiming &timing = {}, QObject *parent = nullptr);
    ~WorkConnectionManager() override;

    int min() const { return m_size.min; }
    int max() const { return m_size.max; }
    /// The server returns connections when their visitors have ended; from the next open() on.
    void setReuse(bool on) { m_reuses = on; }
    /// Receives silences of the default tunnel's service; from the next open() on.
    void setSilentService(SilentService silent) { m_silentService = std::move(silent); }
    /// The service gets a header of this kind before every connection; from the next open() on.
    void setProxyProtocol(proxyproto::Version version) { m_proxyProtocol = version; }

    /// Starts to dial: \a sessionSecret came with the registration.
    void open(const WorkRoute &route, const QString &sessionSecret, std::shared_ptr<RelayMeter> meter);
    /// The client is about to leave: dials no more. Waiting connections stay open until the server closes
    /// them, since visitors may be on their way there.
    void drain();
    /// The session has ended: closes the waiting connections; running relays continue.
    void close();

    /// The server had to request a connection: there were too few.
    void onMissed();

Q_SIGNALS:
    /// Visitors came and the local service did not accept them; emitted at most about once a second.
    void serviceFailed();

private:
    /// Calls \a what for each connection without a visitor.
    void forEachWaiting(void (WorkConnection::*what)());
    void onRefill();
    void fill(int restMs = 0);

    RelayPool &m_relays;
    const Size m_size;
    const WorkTiming m_timing;
    bool m_reuses = false;
    proxyproto::Version m_proxyProtocol = proxyproto::Version::None;
    SilentService m_silentService; ///< null: not watched
    const std::shared_ptr<ServiceMap> m_services; ///< shared with the work connections
    /// Shared with the work connections, which may outlive the session. Null while there is no session.
    std::shared_ptr<WorkContext> m_share;
    QTimer m_refill; ///< replaces broken connections, with a growing interval while replacements break too
    size_t m_nextLoop = 0;
};

} // namespace frpx::client
