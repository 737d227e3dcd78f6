// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/net/uniquefd.h"

#include <QTcpServer>
#include <QTimer>

#include <functional>

namespace frpx {

/// A listening port that hands out raw connected descriptors (non-blocking, close-on-exec, fit for relaying),
/// not sockets.
///
/// When descriptors run out, the kernel refuses to accept and Qt would pause for ever: this class pauses for
/// 100 ms, logs once a second, and goes on; waiting users stay in the kernel's queue meanwhile.
class FdListener : public QTcpServer
{
    Q_OBJECT

public:
    using Handler = std::function<void(UniqueFd)>;

    /// \a handler is called in this object's thread for every connection, in a burst of accepts.
    explicit FdListener(Handler handler, QObject *parent = nullptr);

    /// Listens with a deep backlog. Port 0 picks a free one. Errc::Io names \a address and \a port.
    Result<quint16> listenOn(const QHostAddress &address, quint16 port);

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void onAcceptError();

    Handler m_handler;
    QTimer m_resume;
    qint64 m_lastComplaintMs = 0;
};

} // namespace frpx
