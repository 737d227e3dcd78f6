// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

namespace frpx {

class IoHandler;
class Trunk;

/// The place of one user's Stream on a trunk, from the proposal to the moment both ways have left it. For
/// that long it stands in for the work connection, which stays the user's and is silent (docs/adr/0029).
///
///     server: proposed ──accepted──▶ in and out ──▶ each way leaves when it has to
///     client: accepts: in ──opened──▶ in and out ──▶
///
/// Both sides are silent before they change, so that nothing can overtake anything: the server from its
/// proposal to the answer, the client from its answer to the server's Open. Of what is sent at most `window`
/// bytes are under way; who has more to send leaves. Lives in one loop, with the Trunk.
class TrunkSeat
{
public:
    static constexpr quint32 window = quint32(16) * 1024;

    /// \a owner gets a turn when something has come; it lives as long as this.
    TrunkSeat(IoHandler &owner, quint32 stream)
        : m_owner(owner)
        , m_stream(stream)
    { }
    ~TrunkSeat();
    TrunkSeat(const TrunkSeat &) = delete;
    TrunkSeat &operator=(const TrunkSeat &) = delete;

    IoHandler &owner() const { return m_owner; }

    /// From now on what comes is here. False if the stream's number is taken.
    bool takeIn(Trunk &trunk);
    /// What goes out does, too.
    void open();
    /// As open(), and the peer is told to do the same.
    void openBoth();
    /// The way out goes on in the work connection: says so.
    void leaveOut();

    /// Nothing may be sent, either here or there, before the peer has said its word.
    bool isWaiting() const { return m_waiting; }
    bool isIn() const { return m_in; }
    bool isOut() const { return m_out; }

    /// The trunk is broken, or the peer has nobody there any more.
    bool isLost() const { return m_lost; }
    /// The peer has broken the rules.
    bool isViolated() const { return m_violated; }
    /// A take() may bring something, or the news that the way in has left.
    bool isReadable() const { return hasBytes() || m_leaving || m_lost; }
    /// There is nothing more to come, and it has not left in order.
    bool isInLost() const { return m_violated || (m_in && m_lost && !m_leaving && !hasBytes()); }
    bool hasBytes() const { return !m_kept.isEmpty() || !m_fresh.isEmpty(); }
    /// At most \a room of the bytes that have come. \return their number; 0: none now, see isIn().
    size_t take(char *buffer, size_t room);

    /// May \a bytes be sent here? Else leaveOut() is due.
    bool fits(qsizetype bytes) const;
    void send(QByteArrayView bytes);

    // For the Trunk. Afterwards the owner gets a turn, and then keepRest() is called.

    /// False if the peer has broken the rules.
    bool onBytes(QByteArrayView bytes, quint32 delivered);
    bool onOpen();
    bool onLeave();
    void onLost();
    void onViolated()
    {
        onLost();
        m_violated = true;
    }
    /// What onBytes() has brought will not be there any more.
    void keepRest();

private:
    IoHandler &m_owner;
    const quint32 m_stream;
    Trunk *m_trunk = nullptr;
    bool m_waiting = true;
    bool m_in = false;
    bool m_out = false;
    bool m_leaving = false; ///< the peer's way has left; what came before is still to be taken
    bool m_lost = false;
    bool m_violated = false;
    quint32 m_sent = 0; ///< this and the next modulo 2^32
    quint32 m_acknowledged = 0;
    quint32 m_arrived = 0;
    quint32 m_delivered = 0;
    QByteArray m_kept; ///< before m_fresh
    QByteArrayView m_fresh; ///< in the trunk's buffer
};

} // namespace frpx
