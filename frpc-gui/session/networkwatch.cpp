// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/session/networkwatch.h"

#include "common/core/clock.h"

#include <QDateTime>
#include <QNetworkInterface>

#include <utility>

namespace frpx::gui {

bool NetworkChange::look(qint64 steadyMs, qint64 wallMs, QStringList addresses)
{
    addresses.sort();
    const bool hasNetwork = !addresses.isEmpty();
    const std::optional<Look> before = std::exchange(m_last, Look{steadyMs, wallMs, std::move(addresses)});
    if (!before || !hasNetwork)
        return false;
    const bool hasSlept = (wallMs - before->wallMs) - (steadyMs - before->steadyMs) >= sleepMs;
    return hasSlept || m_last->addresses != before->addresses;
}

NetworkWatch::NetworkWatch(QObject *parent)
    : QObject(parent)
    , m_timer(this)
{
    constexpr int intervalMs = 2000;
    m_timer.setInterval(intervalMs);
    connect(&m_timer, &QTimer::timeout, this, &NetworkWatch::look);
}

void NetworkWatch::start()
{
    look();
    m_timer.start();
}

void NetworkWatch::look()
{
    QStringList addresses;
    const QList<QHostAddress> all = QNetworkInterface::allAddresses();
    for (const QHostAddress &address : all) {
        if (!address.isLoopback() && !address.isLinkLocal())
            addresses << address.toString();
    }
    if (m_change.look(steadyMs(), QDateTime::currentMSecsSinceEpoch(), addresses))
        Q_EMIT changed();
}

} // namespace frpx::gui
