// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/hostlookup.h"
#include "common/tunnel/tunnelspec.h"
#include "frpc/tunnels/servicemap.h"

#include <QObject>
#include <QTimer>

#include <map>
#include <memory>

namespace frpx::client {

/// Keeps the local service of each tunnel, the default one included, looks up its host name, and publishes
/// the addresses to the relay loops in a ServiceMap. While it runs, no address is older than ten seconds: a
/// service may move, and another machine may get its old address. Lives on the control thread.
class LocalServices : public QObject
{
    Q_OBJECT

public:
    explicit LocalServices(QObject *parent = nullptr);
    ~LocalServices() override;

    static constexpr int lookupIntervalMs = 10'000;

    /// Sets the service of the default tunnel.
    void setDefault(const QString &host, quint16 port);
    /// The service of \a spec, and how this program serves it.
    void set(const TunnelSpec &spec, const ServingOptions &options = {});
    void remove(const QString &tunnel);
    /// Looks all names up now, and then at every interval until stop().
    void start();
    void stop() { m_interval.stop(); }
    /// Looks the names up now, because a service does not answer.
    void refresh();

    /// The service of the default tunnel.
    net::DialTarget defaultService() const { return targetOf(m_default.first, m_default.second); }
    /// Shared with the relay loops.
    const std::shared_ptr<ServiceMap> &map() const { return m_map; }

    /// The service at \a port of \a host, which is the host of a tunnel or an address.
    net::DialTarget targetOf(const QString &host, quint16 port) const;

Q_SIGNALS:
    /// The addresses of some host are known for the first time, or have changed.
    void addressesChanged();
    /// The addresses of the default tunnel's service are known for the first time, or have changed.
    void defaultServiceChanged();

private:
    struct Host
    {
        QList<QHostAddress> addresses; ///< of the last lookup
        bool isMissing = false; ///< the name is missing, and that has been logged
        std::unique_ptr<net::HostLookup> lookup;
    };

    void watch(const QString &host);
    void forgetUnused();
    void onFound(const QString &host, const QList<QHostAddress> &addresses);
    void onFailed(const QString &host, const QString &reason, bool isUnknown);
    void publish();

    const std::shared_ptr<ServiceMap> m_map = std::make_shared<ServiceMap>();
    std::pair<QString, quint16> m_default;
    struct Service
    {
        TunnelSpec spec;
        ServingOptions options;
    };
    QHash<QString, Service> m_services; ///< by tunnel
    std::map<QString, Host> m_hosts; ///< those given by name
    QTimer m_interval;
};

} // namespace frpx::client
