// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/ioloop.h"
#include "common/relay/stream.h"
#include "common/relay/trunkcodec.h"
#include "common/relay/trunkshare.h"

#include <unordered_map>

namespace frpx {

/// One end of a trunk: a connection between a loop of the server and one of the client that carries the small
/// messages of many users, so that those that come in the same round cost one send() together, and one
/// recv() on the other side (docs/adr/0029).
///
/// It only ever has what a TrunkSeat lets pass, and forgets what comes for users who are gone. When it breaks
/// so do its users' connections, as they would have done on their own. It ends with its session, after its
/// last user.
class Trunk : public IoHandler
{
public:
    /// Takes over \a stream, whose descriptor \a loop does not watch yet. \a peerLoop: that of the other end.
    /// With \a sayHello (the server) the peer is told that it may be used. \a early has come already. What
    /// was there between the two loops before is ended.
    static void start(IoLoop &loop, size_t loopIndex, quint32 peerLoop, Stream stream,
        std::shared_ptr<TrunkShare> share, bool sayHello, const QByteArray &early = {});

    Trunk(IoLoop &loop, size_t loopIndex, quint32 peerLoop, Stream stream, std::shared_ptr<TrunkShare> share);
    ~Trunk() override;

    quint32 peerLoop() const { return m_peerLoop; }
    int fd() const { return m_stream.fd(); }
    /// Messages that have come over it.
    quint64 received() const { return m_received; }
    size_t users() const { return m_seats.size(); }
    /// False if \a stream is there already.
    bool attach(quint32 stream, TrunkSeat &seat);
    void detach(quint32 stream) { m_seats.erase(stream); }
    /// Sends it at the end of this round of events.
    void send(const TrunkEntry &entry);
    /// The peer does not keep up: only what has to go by here should.
    bool isClogged() const { return m_out.size() > mostUnsent; }

    void onIo(int side, IoEvents events) override;
    void onTurn() override;
    void onInspection(const SilenceLimits &limits) override;
    bool wantsRead(int side) const override;
    bool wantsWrite(int side) const override;
    bool wantsError(int side) const override;

private:
    static constexpr qsizetype mostUnsent = qsizetype(256) * 1024;

    void read();
    bool take(QByteArrayView bytes, int &entries);
    bool deliver(const TrunkEntry &entry);
    static bool tell(TrunkSeat &seat, const TrunkEntry &entry);
    bool flush();
    void lose();

    IoLoop &m_loop;
    const size_t m_loopIndex;
    const quint32 m_peerLoop;
    Stream m_stream;
    const std::shared_ptr<TrunkShare> m_share; ///< shared with the relays of the session
    std::unordered_map<quint32, TrunkSeat *> m_seats;
    QByteArray m_out; ///< entries for the end of the round
    quint64 m_received = 0;
    QByteArray m_rest; ///< the beginning of the next entry in
    bool m_hasMore = false; ///< and that is whole, perhaps with others
    bool m_writingFailed = false; ///< what comes is still read
    int m_doneLooks = 0; ///< in a row, at which nobody needed it any more
};

} // namespace frpx
