// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/servicemap.h"
#include "frpc/tunnelspec.h"

#include <QObject>
#include <QSet>

#include <memory>

namespace frpx::client {

/// Knows the local service of each tunnel, looks its host up where that is a name, and tells the relay loops
/// by a ServiceMap. Lives on the control thread.
class TunnelServices : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    void set(const TunnelSpec &spec);
    void remove(const QString &tunnel);
    /// Looks the names up again: a service may have moved.
    void refresh();

    /// Shared with the loops.
    const std::shared_ptr<ServiceMap> &map() const { return m_map; }

private:
    void lookUp(const QString &host);
    void publish();

    const std::shared_ptr<ServiceMap> m_map = std::make_shared<ServiceMap>();
    QHash<QString, TunnelSpec> m_services; ///< by tunnel
    QHash<QString, QHostAddress> m_found; ///< of hosts that are names
    QSet<QString> m_lookingUp;
};

} // namespace frpx::client
