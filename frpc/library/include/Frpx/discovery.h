// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QFuture>
#include <QObject>

#include <memory>

#include <Frpx/error.h>
#include <Frpx/proxy.h>
#include <Frpx/service.h>
#include <Frpx/tls.h>

namespace Frpx {

class DiscoveryPrivate;

/// The server to query, and the login. The token is tried first, if there is one.
struct DiscoveryTarget
{
    /// Name or address of the server, without a port; an IPv6 address with or without brackets.
    QString serverHost = QStringLiteral("127.0.0.1");
    quint16 controlPort = 17000; ///< its port for clients
    QString token = {}; ///< of an earlier login
    QString email = {}; ///< of the account
    QString password = {}; ///< of the account
    TlsOptions tls = {}; ///< whether to use TLS, and which certificate to trust
    ProxyOptions proxy = {}; ///< on the way to the server
};

/// Asks a server which tunnels are open and which ports are free, without registering as a client: each query
/// logs in, gets its answer within 10 s or fails, and disconnects. Needs a running event loop on its thread,
/// and never blocks it. Its destructor finishes open queries with ErrorCode::Cancelled.
class FRPX_EXPORT Discovery : public QObject
{
    Q_OBJECT

public:
    /// \param target the server and the login
    /// \param parent the owner, if any
    explicit Discovery(const DiscoveryTarget &target, QObject *parent = nullptr);
    ~Discovery() override;

    /// Asks for the open tunnels whose names begin with \a prefix. Beyond 16 open queries ErrorCode::Busy;
    /// ErrorCode::InvalidArgument if the target's serverHost is invalid.
    QFuture<Answer<ServiceList>> services(const QString &prefix = {});
    /// Asks for the ports that are free for tunnels; errors as for services().
    QFuture<Answer<PortList>> freePorts();

private:
    std::unique_ptr<DiscoveryPrivate> d;
};

} // namespace Frpx
