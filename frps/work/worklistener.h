// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/logthrottle.h"
#include "common/net/fdlistener.h"
#include "common/protocol/framedecoder.h"
#include "common/protocol/messages.h"

#include <QObject>
#include <QSocketNotifier>

#include <unordered_map>

namespace frpx::server {

/// Owns the proxy port: reads the one frame that opens a work connection, and not a byte more, so that what
/// follows it stays in the kernel for the relay. The frame is NewProxyConn, the answer to a request, or
/// NewWorkConn, dialled in advance.
///
/// A connection that does not say who it is within the deadline, or says something else, is closed.
class WorkListener : public QObject
{
    Q_OBJECT

public:
    using Handler = std::function<void(const proto::Message &opening, UniqueFd fd)>;

    /// \a handler gets each work connection that has introduced itself, with its NewProxyConn or NewWorkConn.
    explicit WorkListener(Handler handler, QObject *parent = nullptr);
    ~WorkListener() override;

    Result<quint16> listen(const QHostAddress &address, quint16 port);
    void stopListening() { m_listener.close(); }

    /// Closes what has missed its deadline. Call a few times a second.
    void sweep();

    qsizetype handshakes() const { return static_cast<qsizetype>(m_handshakes.size()); }

private:
    struct Handshake
    {
        UniqueFd fd;
        QByteArray buffer; ///< header, then payload
        qsizetype wanted = 0; ///< bytes until the next decision
        qint64 deadlineMs = 0;
        std::unique_ptr<QSocketNotifier> notifier; // last: it must go before the descriptor does
    };

    void onAccepted(UniqueFd fd);
    void onReadable(int fd);
    /// True once the frame is complete or the connection is refused: the handshake is over.
    bool advance(Handshake &handshake);
    void conclude(Handshake &handshake);
    void refuse(Handshake &handshake, const QString &why);
    void bury(std::unordered_map<int, Handshake>::iterator it);

    Handler m_handler;
    FdListener m_listener;
    std::unordered_map<int, Handshake> m_handshakes; // by descriptor
    qint64 m_lastComplaintMs = 0;
    LogThrottle m_refusals{200};
};

} // namespace frpx::server
