// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/heartbeat.h"

#include "common/system/machineid.h"

namespace frpx::client {

Heartbeat::Heartbeat(int intervalMs, int proofMs, QObject *parent)
    : QObject(parent)
    , m_proofMs(proofMs)
    , m_probe(SystemProbe::create())
{
    m_interval.setInterval(intervalMs);
    connect(&m_interval, &QTimer::timeout, this, &Heartbeat::beat);
    m_silence.setSingleShot(true);
    m_silence.setTimerType(Qt::PreciseTimer);
    connect(&m_silence, &QTimer::timeout, this, &Heartbeat::silent);
}

void Heartbeat::start(ControlChannel &channel, bool isAcknowledged)
{
    m_channel = &channel;
    m_interval.start();
    if (isAcknowledged)
        onAcknowledged();
}

void Heartbeat::stop()
{
    m_channel = nullptr;
    m_interval.stop();
    m_silence.stop();
}

void Heartbeat::onAcknowledged()
{
    m_silence.start(m_interval.interval() * proto::missedHeartbeatsUntilDead); // restarts
}

void Heartbeat::demandProof()
{
    if (!m_silence.isActive())
        return;
    m_silence.start(std::min(m_proofMs, m_silence.remainingTime()));
    beat();
}

void Heartbeat::beat()
{
    m_channel->send(proto::Heartbeat{});
    if (!m_channel) // a full outbox closes the link
        return;
    const SystemUsage usage = m_probe->sample();
    proto::SystemInfo info{usage.cpuPercent, usage.memoryPercent, usage.diskPercent, {}};
    info.computerName = computerName();
    m_channel->send(info);
    Q_EMIT reported(usage);
}

} // namespace frpx::client
