// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/session/networkwatch.h"

#include "common/core/clock.h"

#include <QDateTime>
#include <QNetworkInterface>

#include <utility>

namespace frpx::gui {

bool NetworkChange::look(NetworkLook now)
{
    now.addresses.sort();
    const std::optional<NetworkLook> before = std::exchange(m_last, now);
    if (!before || now.addresses.isEmpty())
        return false;
    const qint64 passed = now.steadyMs - before->steadyMs;
    const bool hasSlept = passed >= pauseMs || (now.wallMs - before->wallMs) - passed >= sleepMs;
    return hasSlept || now.addresses != before->addresses;
}

NetworkWatch::NetworkWatch(NetworkReader reader)
    : m_reader(std::move(reader))
    , m_timer(this)
{
    constexpr int intervalMs = 1000;
    m_timer.setInterval(intervalMs);
    connect(&m_timer, &QTimer::timeout, this, &NetworkWatch::look);
}

NetworkLook NetworkWatch::lookAtMachine()
{
    NetworkLook look{steadyMs(), QDateTime::currentMSecsSinceEpoch(), {}};
    const QList<QHostAddress> all = QNetworkInterface::allAddresses();
    for (const QHostAddress &address : all) {
        if (!address.isLoopback() && !address.isLinkLocal())
            look.addresses << address.toString();
    }
    return look;
}

void NetworkWatch::start()
{
    look();
    m_timer.start();
}

void NetworkWatch::look()
{
    if (m_change.look(m_reader()))
        Q_EMIT changed();
}

} // namespace frpx::gui
