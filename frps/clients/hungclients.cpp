// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/clients/hungclients.h"

#include <algorithm>
#include <utility>

namespace frpx::server {

void HungClients::setLimit(qint64 limitMs)
{
    m_limitMs = limitMs;
    if (!isOn())
        m_lost.clear();
}

void HungClients::look(qint64 nowMs)
{
    if (nowMs - std::exchange(m_lookedAtMs, nowMs) > longestPauseMs)
        m_countFromMs = nowMs;
}

HungClients::Verdict HungClients::judge(
    qint64 heardAtMs, qint64 nowMs, bool canBeAsked, qint64 silenceLimitMs) const
{
    const qint64 silentMs = silence(heardAtMs, nowMs);
    if (!isOn())
        return Verdict::Wait;
    if (silentMs >= (canBeAsked ? m_limitMs : std::max(m_limitMs, silenceLimitMs)))
        return Verdict::Hung;
    return canBeAsked && silentMs >= m_limitMs / 2 ? Verdict::Ask : Verdict::Wait;
}

void HungClients::lost(const Identity &client, qint64 heardAtMs, const ClientStreams &streams)
{
    if (!isOn() || !streams.areUnderWay())
        return;
    Lost &lost = m_lost[client];
    lost.heardAtMs = std::max(lost.heardAtMs, heardAtMs);
    lost.streams.add(streams);
}

ClientStreams HungClients::takeBack(const Identity &client)
{
    const auto node = m_lost.extract(client);
    return node ? std::move(node.mapped().streams) : ClientStreams();
}

std::vector<HungClients::Hung> HungClients::takeDue(qint64 nowMs)
{
    std::vector<Hung> due;
    std::erase_if(m_lost, [&](auto &entry) {
        auto &[client, lost] = entry;
        if (!lost.streams.areUnderWay())
            return true;
        if (silence(lost.heardAtMs, nowMs) < m_limitMs)
            return false;
        due.push_back({client, std::move(lost.streams)});
        return true;
    });
    return due;
}

} // namespace frpx::server
