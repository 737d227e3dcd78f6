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

/// Which server to ask, and as whom. The token is tried first, if there is one.
struct DiscoveryTarget
{
    /// Name or address of the server, without a port; an IPv6 address with or without brackets.
    QString serverHost = QStringLiteral("127.0.0.1");
    quint16 controlPort = 17000; ///< its port for clients
    QString token = {}; ///< of an earlier login
    QString email = {}; ///< of the account
    QString password = {}; ///< of the account
    TlsOptions tls = {}; ///< whether to speak TLS, and which certificate to believe
    ProxyOptions proxy = {}; ///< on the way to the server
};

/// Asks a server which tunnels are open and which ports are free, without being a client of it: each question
/// logs in, is answered within 10 s or fails, and leaves. Needs a running event loop on its thread, which it
/// never blocks. Deleting it finishes what is open with ErrorCode::Cancelled.
class FRPX_EXPORT Discovery : public QObject
{
    Q_OBJECT

public:
    /// \param target which server
    /// \param parent the owner, if any
    explicit Discovery(const DiscoveryTarget &target, QObject *parent = nullptr);
    ~Discovery() override;

    /// Asks for the open tunnels whose names begin with \a prefix. Beyond 16 open questions ErrorCode::Busy;
    /// ErrorCode::InvalidArgument if the target's serverHost is no host.
    QFuture<Answer<ServiceList>> services(const QString &prefix = {});
    /// Asks for the ports that are free for tunnels; errors as for services().
    QFuture<Answer<PortList>> freePorts();

private:
    std::unique_ptr<DiscoveryPrivate> d;
};

} // namespace Frpx
