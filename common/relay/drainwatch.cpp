// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/drainwatch.h"

namespace frpx {

constexpr int pollIntervalMs = 100;

DrainWatch::DrainWatch(RelayPool &relays, std::function<qint64()> outside, QObject *parent)
    : QObject(parent)
    , m_relays(relays)
    , m_outside(std::move(outside))
{
    m_limit.setSingleShot(true);
    m_poll.setInterval(pollIntervalMs);
    connect(&m_limit, &QTimer::timeout, this, [this] { finish(false); });
    connect(&m_poll, &QTimer::timeout, this, &DrainWatch::look);
}

void DrainWatch::start(int timeoutMs)
{
    m_limit.start(timeoutMs);
    m_poll.start();
    look();
}

void DrainWatch::stop()
{
    m_limit.stop();
    m_poll.stop();
}

void DrainWatch::look()
{
    if (!isRunning() || m_asking || m_outside() > 0)
        return;
    m_asking = true;
    m_relays.census(this, [this](qint64 inLoops) { onCounted(inLoops); });
}

void DrainWatch::onCounted(qint64 inLoops)
{
    m_asking = false;
    // A connection may have moved into the loops while they counted, or out of them.
    if (isRunning() && inLoops == 0 && m_outside() == 0)
        finish(true);
}

void DrainWatch::finish(bool inTime)
{
    stop();
    Q_EMIT finished(inTime);
}

} // namespace frpx
