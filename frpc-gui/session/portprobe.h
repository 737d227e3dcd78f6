// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/connectrace.h"
#include "common/net/hostlookup.h"

#include <QObject>
#include <QTimer>

namespace frpx::gui {

/// Tests once whether a local service answers, at a TCP port or a unix socket. Lives on one thread and never
/// blocks it.
class PortProbe : public QObject
{
    Q_OBJECT

public:
    static constexpr int timeoutMs = 3000; ///< includes the lookup of the name

    explicit PortProbe(QObject *parent = nullptr);

    /// Starts, or starts again: only the latest attempt reports a result.
    void start(const QString &host, quint16 port);
    bool isRunning() const { return m_isRunning; }

Q_SIGNALS:
    /// \a fault says why there is no connection; empty: the service answers.
    void finished(const QString &fault);

private:
    void finish(const QString &fault);

    void connectTo(const net::DialTarget &target);
    void drop();

    bool m_isRunning = false;
    std::unique_ptr<net::HostLookup> m_lookup; ///< of the current attempt
    std::unique_ptr<net::ConnectRace> m_race; ///< of the current attempt
    QTimer m_timer;
};

} // namespace frpx::gui
