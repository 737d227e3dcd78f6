// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/library/clientprivate.h"

#include <QRandomGenerator>

#include <algorithm>

#include <Frpx/client.h>

using namespace Qt::StringLiterals;

namespace Frpx {

namespace {

quint16 anyOf(const PortList &ports)
{
    int count = 0;
    for (const PortRange &range : ports)
        count += range.to - range.from + 1;
    int left = count == 0 ? 0 : QRandomGenerator::global()->bounded(count);
    for (const PortRange &range : ports) {
        const int size = range.to - range.from + 1;
        if (left < size)
            return static_cast<quint16>(range.from + left);
        left -= size;
    }
    return 0;
}

} // namespace

Client::Client(const ClientOptions &options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<ClientPrivate>(this, options))
{ }

Client::~Client() = default;

const ClientOptions &Client::options() const
{
    return d->options;
}

void Client::setToken(const QString &token)
{
    d->hasToken = !token.isEmpty();
    d->session->setToken(token);
}

void Client::setCredentials(const QString &email, const QString &password)
{
    d->session->setCredentials(email, password);
}

void Client::trustServer(const QString &fingerprint)
{
    if (const auto certificate = frpx::Fingerprint::parse(fingerprint))
        d->session->trustServer(*certificate);
}

void Client::start()
{
    d->start();
}

void Client::stop(std::chrono::milliseconds drain)
{
    if (drain.count() > 0 && state() != State::Stopped)
        d->session->drain(static_cast<int>(std::min<qint64>(drain.count(), std::numeric_limits<int>::max())));
    else
        d->session->stop();
}

void Client::tryAgain()
{
    d->session->tryAgain();
}

Client::State Client::state() const
{
    return d->state();
}

Tunnel *Client::openTunnel(const TunnelOptions &options)
{
    return d->open(options);
}

Tunnel *Client::tunnel(const QString &name) const
{
    const QList<Tunnel *> all = tunnels();
    const auto found =
        std::find_if(all.begin(), all.end(), [&name](const Tunnel *each) { return each->name() == name; });
    return found == all.end() ? nullptr : *found;
}

Tunnel *Client::tunnelByPort(quint16 port) const
{
    const QList<Tunnel *> all = tunnels();
    const auto found = std::find_if(all.begin(), all.end(),
        [port](const Tunnel *each) { return each->state() == Tunnel::State::Open && each->port() == port; });
    return found == all.end() ? nullptr : *found;
}

QList<Tunnel *> Client::tunnels() const
{
    QList<Tunnel *> open;
    std::copy_if(d->tunnels.begin(), d->tunnels.end(), std::back_inserter(open),
        [](const Tunnel *each) { return each->state() != Tunnel::State::Closed; });
    return open;
}

QFuture<Answer<ServiceList>> Client::services(const QString &prefix)
{
    return d->ask(frpx::client::ListQuery::services(prefix), &servicesOf);
}

QFuture<Answer<PortList>> Client::freePorts()
{
    return d->ask(frpx::client::ListQuery::freePorts(), &portsOf);
}

QFuture<Answer<quint16>> Client::anyPort()
{
    return freePorts().then([](const Answer<PortList> &ports) {
        Answer<quint16> answer{anyOf(ports.value), ports.error};
        if (ports && answer.value == 0)
            answer.error = {ErrorCode::NoFreePort, u"The server has no free port."_s};
        return answer;
    });
}

} // namespace Frpx
