// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/core/uniquefd.h"

#include <QObject>
#include <QSocketNotifier>
#include <QTcpServer>
#include <QTimer>

#include <functional>
#include <limits>

namespace frpx {

/// A listening port that hands out raw connected descriptors (non-blocking, close-on-exec, fit for relaying),
/// not sockets.
///
/// When descriptors run out, or all below acceptBelow() are in use, it pauses for 100 ms, logs once a second,
/// and continues; new connections wait in the kernel's queue. QTcpServer only listens: its own accepting
/// remembers the first error, also an ordinary "no more for now", treats every later error as the same, and
/// retries without a pause.
class FdListener : public QObject
{
    Q_OBJECT

public:
    using Handler = std::function<void(UniqueFd)>;

    /// \a handler is called in this object's thread for every connection, several times in a row. It may
    /// close() or hold() the listener.
    explicit FdListener(Handler handler, QObject *parent = nullptr);
    ~FdListener() override;

    /// Leaves the descriptors from \a descriptor on to other users of the process. The system assigns the
    /// lowest free number, so a number shows how many are in use.
    void acceptBelow(int descriptor) { m_acceptBelow = descriptor; }

    /// Listens with a deep backlog. Port 0 picks a free one. Errc::Io names \a address and \a port.
    Result<quint16> listenOn(const QHostAddress &address, quint16 port);
    /// Accepts in place of \a server, which listens already and outlives this object.
    void acceptFor(QTcpServer &server);
    void close();
    /// Accepts no connections until resume(); new ones wait in the kernel's queue.
    void hold();
    void resume();
    /// Accepts one connection at once, if one waits and this does not pause.
    void acceptNext();
    /// Like close(), after accepting the connections that are already in the kernel's queue.
    void acceptLastAndClose();
    /// Of the listening socket; -1 when closed.
    int descriptor() const { return static_cast<int>(m_server->socketDescriptor()); }

    bool isListening() const { return m_server->isListening(); }

private:
    void acceptSome();
    bool acceptOne();
    void pause(const QString &reason);
    void endPause();

    Handler m_handler;
    QTcpServer m_own;
    QTcpServer *m_server = &m_own; ///< another server after acceptFor()
    std::unique_ptr<QSocketNotifier>
        m_notifier; // after the server: it must be destroyed before the descriptor is closed
    QTimer m_resume;
    bool m_held = false;
    int m_acceptBelow = std::numeric_limits<int>::max();
};

} // namespace frpx
