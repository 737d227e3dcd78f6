// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/library/clientprivate.h"

#include <Frpx/tunnel.h>

namespace Frpx {

Tunnel::Tunnel(std::unique_ptr<TunnelPrivate> priv, QObject *parent)
    : QObject(parent)
    , d(std::move(priv))
{ }

Tunnel::~Tunnel()
{
    if (d->core)
        d->core->forget(this);
}

const TunnelOptions &Tunnel::options() const
{
    return d->options;
}

QString Tunnel::name() const
{
    return d->options.name;
}

Tunnel::State Tunnel::state() const
{
    return d->state;
}

quint16 Tunnel::port() const
{
    return d->port;
}

QString Tunnel::publicAddress() const
{
    return d->publicAddress;
}

Tunnel::CloseReason Tunnel::closeReason() const
{
    return d->closeReason;
}

Error Tunnel::error() const
{
    return d->error;
}

TunnelStatistics Tunnel::statistics() const
{
    const frpx::RelayMeter &meter = *d->meter;
    return {
        meter.open.load(), meter.started.load(), meter.bytesToService.load(), meter.bytesToVisitor.load()};
}

void Tunnel::close()
{
    if (d->core)
        d->core->close(this);
}

} // namespace Frpx
