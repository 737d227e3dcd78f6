// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/trunk.h"

#include "common/core/throttledlog.h"
#include "common/net/sockets.h"
#include "common/relay/trunkseat.h"

using namespace Qt::StringLiterals;

namespace frpx {

namespace {

constexpr LogKind trunkViolated{lcRelay};
constexpr LogKind seatViolated{lcRelay};
constexpr int looksBeforeTheEnd = 2; // about a second each
constexpr int mostLooksBeforeTheEnd = 30;
constexpr int entriesPerTurn = 1024; // each may be a send()
constexpr int costOfARead = 16; // of that
constexpr qsizetype mostAtOnce = qsizetype(64) * 1024; // TLS takes no more than a few of these
constexpr qsizetype mostOwed = qsizetype(1024) * 1024;
constexpr qsizetype usualOut = qsizetype(16) * 1024; // kept for the next round

} // namespace

Trunk *TrunkShare::find(size_t loop, quint32 peerLoop) const
{
    for (Trunk *trunk : m_loops[loop].trunks) {
        if (trunk->peerLoop() == peerLoop)
            return trunk;
    }
    return nullptr;
}

void Trunk::start(IoLoop &loop, size_t loopIndex, quint32 peerLoop, Stream stream,
    std::shared_ptr<TrunkShare> share, bool sayHello, const QByteArray &early)
{
    if (Trunk *before = share->find(loopIndex, peerLoop))
        before->lose(); // the peer, who dials them, knows better
    if (share->isOver() || share->isFull(loopIndex))
        return;
    const int fd = stream.fd();
    net::keepAlive(fd);
    int entries = entriesPerTurn;
    auto owned = std::make_unique<Trunk>(loop, loopIndex, peerLoop, std::move(stream), std::move(share));
    Trunk *trunk = owned.get();
    loop.adopt(std::move(owned));
    loop.setIncidental(trunk, true);
    qCDebug(lcRelay) << "A trunk begins between loop" << loopIndex << "and the peer's" << peerLoop;
    if (sayHello)
        trunk->send({TrunkEntry::Kind::Hello});
    if (!loop.watch(trunk, 0, fd) || !trunk->take(early, entries))
        return trunk->lose();
    loop.requeue(trunk); // TLS may have read already what no event will tell of
}

Trunk::Trunk(
    IoLoop &loop, size_t loopIndex, quint32 peerLoop, Stream stream, std::shared_ptr<TrunkShare> share)
    : m_loop(loop)
    , m_loopIndex(loopIndex)
    , m_peerLoop(peerLoop)
    , m_stream(std::move(stream))
    , m_share(std::move(share))
{
    m_share->add(m_loopIndex, this);
}

Trunk::~Trunk()
{
    m_share->remove(m_loopIndex, this);
    for (const auto &[stream, seat] : m_seats) // the loop is over
        seat->onLost();
}

bool Trunk::attach(quint32 stream, TrunkSeat &seat)
{
    return m_seats.emplace(stream, &seat).second;
}

void Trunk::send(const TrunkEntry &entry)
{
    if (m_writingFailed)
        return;
    if (m_out.isEmpty()) {
        m_loop.requeue(this);
        m_loop.setIncidental(this, false); // users may have ended by then, but not what they have said
    }
    writeTrunkEntry(m_out, entry);
}

void Trunk::onIo(int side, IoEvents events)
{
    Q_UNUSED(side)
    if (events.writable)
        m_stream.setWritable();
    if (events.urgent)
        m_stream.setUrgent();
    if (events.readable)
        m_stream.setReadable();
    if (events.hungUp)
        m_stream.setHungUp();
    onTurn();
}

void Trunk::onTurn()
{
    read();
    if (IoLoop::isFinished(this) || m_writingFailed || flush())
        return;
    m_writingFailed = true;
    m_out = QByteArray();
    m_stream.setHungUp(); // what has come before is still read; its end ends this
    read();
}

bool Trunk::flush()
{
    if (m_stream.hasUnsent() && (!m_stream.isWritable() || !m_stream.flush()))
        return m_stream.writeError() == 0;
    qsizetype written = 0;
    while (written < m_out.size() && !m_stream.hasUnsent()) {
        const QByteArrayView rest = QByteArrayView(m_out).sliced(written);
        const QByteArrayView slice = rest.first(std::min(rest.size(), mostAtOnce));
        if (!m_stream.write(slice))
            return false;
        written += slice.size();
    }
    if (written < m_out.size()) {
        m_out.remove(0, written);
    } else if (m_out.capacity() > usualOut) {
        m_out = QByteArray();
    } else {
        m_out.resize(0);
        m_out.reserve(usualOut); // is kept from now on
    }
    m_loop.setIncidental(this, m_out.isEmpty() && !m_stream.hasUnsent());
    return true;
}

void Trunk::read()
{
    std::vector<char> &buffer = m_loop.scratch().trunk;
    if (buffer.empty())
        buffer.resize(m_loop.scratch().buffer.size() + TrunkEntry::headSize + TrunkEntry::maxBytes);
    int entries = entriesPerTurn;
    if (m_hasMore && !take(std::exchange(m_rest, {}), entries))
        return lose();
    while (entries > 0 && m_stream.isReadable()) {
        const auto begun = static_cast<size_t>(m_rest.size());
        std::copy(m_rest.cbegin(), m_rest.cend(), buffer.begin());
        const WireRead got = m_stream.read(buffer.data() + begun, buffer.size() - begun);
        if (got.status != WireStatus::Open)
            return lose();
        entries -= costOfARead;
        if (got.bytes > 0 && !take({buffer.data(), qsizetype(begun + got.bytes)}, entries))
            return lose();
    }
    if (m_hasMore || m_stream.isReadable())
        m_loop.requeue(this);
}

/// \a bytes begin with what was m_rest. \return false if the peer has broken the rules.
bool Trunk::take(QByteArrayView bytes, int &entries)
{
    TrunkReader reader(bytes);
    m_hasMore = false;
    while (const std::optional<TrunkEntry> entry = reader.next()) {
        if (!deliver(*entry))
            return false;
        if (--entries > 0)
            continue;
        m_hasMore = true;
        break;
    }
    if (reader.isViolated()) {
        logThrottled(trunkViolated, u"A trunk is closed: what comes over it is no entry"_s);
        return false;
    }
    if (!reader.rest().isEmpty() || !m_rest.isEmpty())
        m_rest = reader.rest().toByteArray();
    return true;
}

bool Trunk::tell(TrunkSeat &seat, const TrunkEntry &entry)
{
    switch (entry.kind) {
    case TrunkEntry::Kind::Bytes:
        return seat.onBytes(entry.bytes, entry.delivered);
    case TrunkEntry::Kind::Open:
        return seat.onOpen();
    case TrunkEntry::Kind::Leave:
        return seat.onLeave();
    default:
        return false;
    }
}

/// False if it is against the rules of the trunk itself.
bool Trunk::deliver(const TrunkEntry &entry)
{
    if (entry.kind == TrunkEntry::Kind::Hello) {
        logThrottled(trunkViolated, u"A trunk is closed: its peer greets out of turn"_s);
        return false;
    }
    const auto it = m_seats.find(entry.stream);
    if (it == m_seats.end() || IoLoop::isFinished(&it->second->owner())) {
        if (entry.kind == TrunkEntry::Kind::Bytes || entry.kind == TrunkEntry::Kind::Open)
            send({TrunkEntry::Kind::Gone, entry.stream});
        return m_out.size() <= mostOwed; // else the peer asks and asks and does not read
    }
    TrunkSeat &seat = *it->second;
    m_received += entry.kind == TrunkEntry::Kind::Bytes ? 1 : 0;
    if (entry.kind == TrunkEntry::Kind::Gone) {
        m_seats.erase(it);
        seat.onLost();
    } else if (!tell(seat, entry)) {
        logThrottled(
            seatViolated, u"A connection is cut: its peer does not keep to the rules of its trunk"_s);
        m_seats.erase(it);
        seat.onViolated();
        send({TrunkEntry::Kind::Gone, entry.stream});
    }
    if (IoLoop::isQueued(&seat.owner())) { // it has had its turn in this round
        seat.keepRest();
        return true;
    }
    seat.owner().onTurn();
    if (const auto still = m_seats.find(entry.stream); still != m_seats.end())
        still->second->keepRest();
    return true;
}

void Trunk::lose()
{
    if (IoLoop::isFinished(this))
        return;
    qCDebug(lcRelay) << "A trunk ends after" << m_received << "messages, with" << m_seats.size() << "users";
    m_share->remove(m_loopIndex, this);
    for (const auto &[stream, seat] : std::exchange(m_seats, {})) {
        seat->onLost();
        if (!IoLoop::isFinished(&seat->owner()))
            m_loop.requeue(&seat->owner()); // in its own time: it may be in the middle of something
    }
    m_loop.finish(this);
}

void Trunk::onInspection(const SilenceLimits &limits)
{
    m_doneLooks = m_share->isOver() && m_seats.empty() ? m_doneLooks + 1 : 0;
    // Not at the first look: somebody may have been about to come. Last words have some more time.
    const bool isSilent = m_out.isEmpty() && !m_stream.hasUnsent();
    if (net::isUnheard(m_stream.fd(), limits.unheardMs, limits.repetitions)
        || m_doneLooks >= (isSilent ? looksBeforeTheEnd : mostLooksBeforeTheEnd))
        lose();
}

bool Trunk::wantsRead(int side) const
{
    return side == 0;
}

bool Trunk::wantsWrite(int side) const
{
    return side == 0 && m_stream.hasUnsent();
}

bool Trunk::wantsError(int side) const
{
    return side == 0;
}

} // namespace frpx
