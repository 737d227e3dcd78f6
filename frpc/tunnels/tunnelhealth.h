// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tunnel/tunnelspec.h"
#include "frpc/health/localhealth.h"

#include <QObject>

#include <map>
#include <memory>

namespace frpx::client {

class LocalServices;

/// Checks the services of those tunnels that have a check of their own, while the session is online. Lives on
/// the control thread.
class TunnelHealth : public QObject
{
    Q_OBJECT

public:
    /// \a services knows the addresses.
    explicit TunnelHealth(LocalServices &services, QObject *parent = nullptr);
    ~TunnelHealth() override;

    /// From now on the service of \a spec is checked, if it has a check; also in place of an earlier one.
    void watch(const TunnelSpec &spec);
    void unwatch(const QString &tunnel);
    /// Checks from now on.
    void start();
    /// The states stay.
    void stop();

    /// The check of \a tunnel; null if there is none.
    const LocalHealth *of(const QString &tunnel) const;

Q_SIGNALS:
    /// The service has become unhealthy, because of \a detail, or healthy again.
    void changed(const QString &tunnel, bool healthy, const QString &detail);

private:
    struct Watched
    {
        TunnelSpec spec;
        std::unique_ptr<LocalHealth> check;
    };

    void updateTargets();

    LocalServices &m_services;
    std::map<QString, Watched> m_tunnels; ///< by name
    bool m_isRunning = false;
};

} // namespace frpx::client
