// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"
#include "common/protocol/framedecoder.h"
#include "common/protocol/messages.h"

#include <QObject>
#include <QTcpSocket>
#include <QTimer>

namespace frpx {

/// A control link: messages in, messages out, over one connected socket.
///
/// Lives in the thread that made it. Bounded on both sides: frames by the limit of the stage, what waits to
/// be sent by maxOutbox (a peer that does not read is dropped with Errc::OutboxFull). After closed() nothing
/// is emitted any more; the owner then lets it go by deleteLater().
class ControlChannel : public QObject
{
    Q_OBJECT

public:
    static constexpr qint64 maxOutbox = qint64(256) * 1024;

    /// Adopts the accepted descriptor \a fd.
    explicit ControlChannel(UniqueFd fd, QObject *parent = nullptr);
    /// Adopts the connected \a socket, becoming its parent.
    explicit ControlChannel(QTcpSocket *socket, QObject *parent = nullptr);
    ~ControlChannel() override;

    const net::Endpoint &peer() const { return m_peer; }
    net::Endpoint local() const { return {m_socket->localAddress(), m_socket->localPort()}; }
    bool isOpen() const { return m_open; }

    /// Largest accepted payload from now on; starts at proto::maxFrameBeforeLogin.
    void setMaxFrame(quint32 bytes);

    /// Queues \a message; does nothing once closed, or after finishSending().
    void send(const proto::Message &message);

    /// Sends what is queued and ends the way out: what the peer still says is heard, until it ends the link.
    void finishSending();

    /// Sends what is queued, then ends the link. Emits nothing.
    void finish();

    /// Ends the link at once. Emits nothing.
    void abort();

Q_SIGNALS:
    void messageReceived(const frpx::proto::Message &message);
    /// The link ended by the peer, by a fault, or because of what the peer sent. Comes once.
    void closed(const frpx::Error &reason);

private:
    void setUp();
    qint64 outbox() const;
    void readSome();
    void parse();
    void fail(const Error &reason);
    void onSocketError();

    QTcpSocket *m_socket;
    net::Endpoint m_peer;
    proto::FrameDecoder m_decoder{proto::maxFrameBeforeLogin};
    bool m_open = true;
    bool m_sendingOver = false; // after finishSending()
    bool m_peerClosed = false; // closed() follows when the rest has been read
    bool m_parsing = false; // a handler may make readyRead fire again: frames stay in order
};

} // namespace frpx
