// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/session/servicewatch.h"

namespace frpx::gui {

namespace {

constexpr int defaultIntervalMs = 10'000;
constexpr int probesAtATime = 4;

} // namespace

ServiceWatch::ServiceWatch(QObject *parent)
    : QObject(parent)
    , m_interval(this)
{
    for (int i = 0; i < probesAtATime; ++i) {
        auto *probe = new PortProbe(this);
        m_idle.push_back(probe);
        connect(probe, &PortProbe::finished, this, [this, probe](const QString &fault) {
            const Target target = m_running.at(probe);
            m_running.erase(probe);
            m_idle.push_back(probe);
            settle(target, fault);
            probeNext(probe);
        });
    }
    m_interval.setInterval(defaultIntervalMs);
    connect(&m_interval, &QTimer::timeout, this, &ServiceWatch::round);
}

void ServiceWatch::setTargets(const QList<Target> &targets)
{
    std::map<Target, Watched> next;
    for (const Target &target : targets) {
        const auto known = m_targets.find(target);
        if (known != m_targets.end())
            next.insert(*known);
        else if (next.emplace(target, Watched{}).second)
            m_queue.push_back(target);
    }
    m_targets = std::move(next);
    if (m_targets.empty())
        m_interval.stop();
    else if (!m_interval.isActive())
        m_interval.start();
    const std::vector<PortProbe *> idle = m_idle;
    for (PortProbe *probe : idle)
        probeNext(probe);
}

std::optional<ServiceWatch::State> ServiceWatch::state(const Target &target) const
{
    const auto found = m_targets.find(target);
    return found == m_targets.end() ? std::nullopt : found->second.state;
}

void ServiceWatch::round()
{
    if (!m_queue.empty() || !m_running.empty())
        return; // the previous round has not finished
    for (const auto &[target, watched] : m_targets)
        m_queue.push_back(target);
    const std::vector<PortProbe *> idle = m_idle;
    for (PortProbe *probe : idle)
        probeNext(probe);
}

/// Starts the idle \a probe with the next target of the queue, if any.
void ServiceWatch::probeNext(PortProbe *probe)
{
    while (!m_queue.empty()) {
        const Target target = m_queue.front();
        m_queue.pop_front();
        if (!m_targets.contains(target))
            continue;
        std::erase(m_idle, probe);
        m_running.emplace(probe, target);
        return probe->start(target.first, target.second);
    }
}

void ServiceWatch::settle(const Target &target, const QString &fault)
{
    const auto found = m_targets.find(target);
    if (found == m_targets.end())
        return;
    Watched &watched = found->second;
    const bool isFirst = !watched.state;
    bool hasChanged = watched.counter.add(fault.isEmpty());
    if (isFirst && !fault.isEmpty())
        hasChanged = watched.counter.add(false); // a service that has never answered is down at once
    watched.state = State{watched.counter.isHealthy(), watched.counter.isHealthy() ? QString() : fault};
    if (isFirst || hasChanged)
        Q_EMIT changed();
}

} // namespace frpx::gui
