// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/session/portprobe.h"

#include <utility>

namespace frpx::gui {

PortProbe::PortProbe(QObject *parent)
    : QObject(parent)
    , m_timer(this)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] { finish(tr("no answer")); });
}

void PortProbe::start(const QString &host, quint16 port)
{
    drop();
    m_isRunning = true;
    m_timer.start(timeoutMs);
    net::DialTarget target = net::dialTarget(host, port);
    if (!net::isHostName(host))
        return connectTo(target);
    m_lookup = std::make_unique<net::HostLookup>();
    connect(m_lookup.get(), &net::HostLookup::found, this,
        [this, target](const QList<QHostAddress> &addresses) mutable {
            target.addresses = addresses;
            connectTo(target);
        });
    connect(m_lookup.get(), &net::HostLookup::failed, this, [this](const QString &reason, bool isUnknown) {
        finish(isUnknown ? tr("the host name is unknown") : reason);
    });
    m_lookup->start(host);
}

void PortProbe::connectTo(const net::DialTarget &target)
{
    m_race = std::make_unique<net::ConnectRace>();
    connect(m_race.get(), &net::ConnectRace::connected, this, [this] { finish({}); });
    connect(m_race.get(), &net::ConnectRace::failed, this, [this](const Error &error) {
        finish(net::isRefused(error) ? tr("nothing listens there") : error.detail);
    });
    m_race->start(target);
}

/// Ends the last attempt and ignores its signals. It may be the sender, so it is deleted later.
void PortProbe::drop()
{
    m_timer.stop();
    for (QObject *part :
        {static_cast<QObject *>(m_lookup.release()), static_cast<QObject *>(m_race.release())}) {
        if (!part)
            continue;
        part->disconnect(this);
        part->deleteLater();
    }
}

void PortProbe::finish(const QString &fault)
{
    if (!std::exchange(m_isRunning, false))
        return;
    drop();
    Q_EMIT finished(fault);
}

} // namespace frpx::gui
