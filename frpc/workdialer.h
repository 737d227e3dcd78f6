// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/net/uniquefd.h"
#include "common/protocol/proxyprotocol.h"
#include "common/relay/relaypool.h"
#include "common/tls/tlsclientcontext.h"
#include "frpc/servicemap.h"

#include <QHostAddress>
#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <unordered_map>

namespace frpx::client {

/// Answers the server's requests for connections: dials the local service and the server's proxy port at the
/// same time, introduces itself there once both are up, and gives the pair to a relay.
///
/// Raw non-blocking connects: this is the path of every user. TLS is left to the loops (TlsDial). Lives on
/// the control thread; the loops are to be stopped before it goes.
class WorkDialer : public QObject
{
    Q_OBJECT

public:
    explicit WorkDialer(RelayPool &relays, QObject *parent = nullptr);
    ~WorkDialer() override;

    /// The local service; \a host may be a name, which is looked up now and again after a failure.
    void setService(const QString &host, quint16 port);
    /// Looks a host name up again: the service may have moved.
    void refreshService();
    /// Null while a host name is not known yet.
    const QHostAddress &serviceAddress() const { return m_serviceAddress; }

    /// The server's proxy port, known once the control link is up. With \a tls it is spoken to under TLS.
    void setServer(
        const QHostAddress &address, quint16 port, std::shared_ptr<TlsClientContext> tls = nullptr);

    /// An original server does not understand that a connection failed. It is then dialled all the same and
    /// hung up on, so that the user is not kept waiting.
    void setServerTakesFailures(bool yes) { m_serverTakesFailures = yes; }

    /// The service gets a header of this kind in front of every connection.
    void setProxyProtocol(proxyproto::Version version) { m_proxyProtocol = version; }

    /// Where the users of tunnels go; shared with the relay loops.
    void setTunnelServices(std::shared_ptr<const ServiceMap> services) { m_tunnels = std::move(services); }

    /// \a user as far as the server tells, for that header. Without \a tunnel he goes to the service of
    /// setService().
    void dial(const QString &proxyConnId, const std::optional<proto::UserAddress> &user = std::nullopt,
        const std::optional<QString> &tunnel = std::nullopt);
    /// Users for whom it dials just now.
    qint64 dialling() const { return static_cast<qint64>(m_dials.size()); }
    /// Forgets what is being dialled: the control link is lost.
    void abortAll();

    const std::shared_ptr<RelayMeter> &meter() const { return m_meter; }

Q_SIGNALS:
    void serviceAddressChanged();
    /// No connection for \a proxyConnId: \a reason is fit for the server's log.
    void dialFailed(const QString &proxyConnId, const QString &reason);

private:
    struct Leg
    {
        UniqueFd fd;
        std::unique_ptr<QSocketNotifier> notifier; // after fd: it must go before the descriptor does
        bool up = false;
    };
    struct Dial
    {
        QString proxyConnId;
        QString serviceName; ///< for people
        QByteArray header; ///< for the service, before the user's first byte
        std::shared_ptr<RelayMeter> meter; ///< shared with the relay
        Leg server;
        Leg service;
        qint64 deadlineMs = 0;
        bool serviceFailed = false; ///< only the introduction to an original server is still to be made
    };
    using Dials = std::unordered_map<quint64, Dial>;

    Result<void> start(quint64 key, Leg &leg, const QHostAddress &address, quint16 port);
    void onWritable(quint64 key, Leg Dial::*which);
    void complete(Dials::iterator it);
    void secure(Dial &dial, QByteArray introduction);
    void failService(Dials::iterator it, const QString &reason);
    void fail(Dials::iterator it, const QString &reason);
    void bury(Dials::iterator it);
    void sweep();
    void lookUpService();

    RelayPool &m_relays;
    /// Shared with the relays, which may outlive the dialer.
    std::shared_ptr<RelayMeter> m_meter = std::make_shared<RelayMeter>();
    QString m_serviceHost;
    QHostAddress m_serviceAddress; ///< null until the name is known
    quint16 m_servicePort = 0;
    bool m_lookingUp = false;
    QHostAddress m_serverAddress;
    quint16 m_serverPort = 0;
    std::shared_ptr<TlsClientContext> m_tls; ///< shared with the connections. Null: plain
    bool m_serverTakesFailures = false;
    proxyproto::Version m_proxyProtocol = proxyproto::Version::None;
    std::shared_ptr<const ServiceMap> m_tunnels;
    Dials m_dials;
    quint64 m_lastKey = 0;
    QTimer m_sweeper; ///< runs only while something is being dialled
};

} // namespace frpx::client
