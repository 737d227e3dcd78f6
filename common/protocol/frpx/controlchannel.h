// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/sockets.h"
#include "common/protocol/frpx/framedecoder.h"
#include "common/protocol/frpx/messages.h"

#include <QObject>
#include <QTcpSocket>
#include <QTimer>

namespace frpx {

/// A control link: sends and receives messages over one connected socket.
///
/// Lives in the thread that creates it. Bounded on both sides: frames by the limit of the stage, unsent bytes
/// by maxOutbox (a peer that does not read is dropped with Errc::OutboxFull). After closed() no signal
/// follows; the owner then calls deleteLater().
class ControlChannel : public QObject
{
    Q_OBJECT

public:
    static constexpr qint64 maxOutbox = qint64(256) * 1024;

    /// Adopts the accepted descriptor \a fd.
    explicit ControlChannel(UniqueFd fd, QObject *parent = nullptr);
    /// Takes ownership of the connected \a socket as its child.
    explicit ControlChannel(QTcpSocket *socket, QObject *parent = nullptr);
    ~ControlChannel() override;

    const net::Endpoint &peer() const { return m_peer; }
    net::Endpoint local() const { return {m_socket->localAddress(), m_socket->localPort()}; }
    bool isOpen() const { return m_open; }

    /// The largest accepted payload from now on; initially proto::maxFrameBeforeLogin.
    void setMaxFrame(quint32 bytes);

    /// Queues \a message; does nothing once closed, or after finishSending().
    void send(const proto::Message &message);

    /// Sends the queued messages and ends the sending direction; messages of the peer are received until it
    /// closes.
    void finishSending();

    /// Sends the queued messages, then closes the link. No signal follows.
    void finish();

    /// Closes the link at once. No signal follows.
    void abort();

Q_SIGNALS:
    void messageReceived(const frpx::proto::Message &message);
    /// The link was closed by the peer, by an error, or because of an invalid message. Emitted once.
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
    bool m_peerClosed = false; // closed() follows after the rest has been read
    bool m_parsing = false; // a handler may cause readyRead: keeps the frames in order
};

} // namespace frpx
