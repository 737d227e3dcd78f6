// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/trunkseat.h"

#include "common/relay/trunk.h"

#include <algorithm>

namespace frpx {

TrunkSeat::~TrunkSeat()
{
    if (!m_trunk)
        return;
    m_trunk->detach(m_stream);
    // The work connection says so, too, but may overtake what is still on the trunk.
    if (m_in || m_out)
        m_trunk->send({TrunkEntry::Kind::Gone, m_stream});
}

bool TrunkSeat::takeIn(Trunk &trunk)
{
    if (m_trunk || m_in || !trunk.attach(m_stream, *this))
        return false;
    m_trunk = &trunk;
    m_in = true;
    return true;
}

void TrunkSeat::open()
{
    m_waiting = false;
    m_out = true;
}

void TrunkSeat::openBoth()
{
    m_trunk->send({TrunkEntry::Kind::Open, m_stream});
    open();
}

void TrunkSeat::leaveOut()
{
    m_out = false;
    if (m_trunk)
        m_trunk->send({TrunkEntry::Kind::Leave, m_stream, m_delivered});
}

size_t TrunkSeat::take(char *buffer, size_t room)
{
    const QByteArrayView from = m_kept.isEmpty() ? m_fresh : QByteArrayView(m_kept);
    const auto bytes = std::min<qsizetype>(from.size(), static_cast<qsizetype>(room));
    std::copy_n(from.begin(), bytes, buffer);
    if (m_kept.isEmpty())
        m_fresh = m_fresh.sliced(bytes);
    else if (bytes == m_kept.size())
        m_kept = QByteArray();
    else
        m_kept.remove(0, bytes);
    m_delivered += static_cast<quint32>(bytes);
    if (m_leaving && !hasBytes())
        m_in = false;
    return static_cast<size_t>(bytes);
}

bool TrunkSeat::fits(qsizetype bytes) const
{
    return m_trunk && bytes <= qsizetype(window - (m_sent - m_acknowledged)) && !m_trunk->isClogged();
}

void TrunkSeat::send(QByteArrayView bytes)
{
    m_sent += static_cast<quint32>(bytes.size());
    m_trunk->send({TrunkEntry::Kind::Bytes, m_stream, m_delivered, bytes});
}

bool TrunkSeat::onBytes(QByteArrayView bytes, quint32 delivered)
{
    const quint32 held = m_arrived - m_delivered;
    if (!m_in || m_leaving || m_waiting || held + bytes.size() > window
        || delivered - m_acknowledged > m_sent - m_acknowledged)
        return false;
    m_arrived += static_cast<quint32>(bytes.size());
    m_acknowledged = delivered;
    if (m_kept.isEmpty())
        m_fresh = bytes;
    else
        m_kept.append(bytes);
    return true;
}

bool TrunkSeat::onOpen()
{
    if (!m_in || !m_waiting)
        return false;
    open();
    return true;
}

bool TrunkSeat::onLeave()
{
    if (!m_in || m_leaving || m_waiting)
        return false;
    m_leaving = true;
    return true;
}

void TrunkSeat::onLost()
{
    m_trunk = nullptr;
    m_lost = true;
}

void TrunkSeat::keepRest()
{
    if (!m_fresh.isEmpty())
        m_kept = m_fresh.toByteArray();
    m_fresh = {};
}

} // namespace frpx
