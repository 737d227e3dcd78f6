// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/connectrace.h"
#include "common/net/hostlookup.h"

#include <QObject>
#include <QTimer>

namespace frpx::gui {

/// Finds out once whether a local service answers, at a TCP port or a unix socket. Lives on one thread, which
/// it never blocks.
class PortProbe : public QObject
{
    Q_OBJECT

public:
    static constexpr int timeoutMs = 3000; ///< with the lookup of a name

    explicit PortProbe(QObject *parent = nullptr);

    /// Begins, or begins anew: only the latest try is answered.
    void start(const QString &host, quint16 port);
    bool isRunning() const { return m_isRunning; }

Q_SIGNALS:
    /// \a fault says why nobody does; empty: somebody answers.
    void finished(const QString &fault);

private:
    void finish(const QString &fault);

    void connectTo(const net::DialTarget &target);
    void drop();

    bool m_isRunning = false;
    std::unique_ptr<net::HostLookup> m_lookup; ///< of this try
    std::unique_ptr<net::ConnectRace> m_race; ///< likewise
    QTimer m_timer;
};

} // namespace frpx::gui
