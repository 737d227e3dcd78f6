// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaypool.h"

#include <QObject>
#include <QTimer>

namespace frpx {

/// Waits until the open connections of a program that accepts no more have ended, or until a time-out.
///
/// It asks the loops a few times a second, and only while it waits, so that it costs the relays nothing.
class DrainWatch : public QObject
{
    Q_OBJECT

public:
    /// \a outside counts the connections outside of the loops of \a relays; called in this object's thread.
    /// The loops must be stopped before this object is destroyed.
    DrainWatch(RelayPool &relays, std::function<qint64()> outside, QObject *parent = nullptr);

    /// Starts to wait, for \a timeoutMs at most.
    void start(int timeoutMs);
    void stop();
    bool isRunning() const { return m_limit.isActive(); }
    /// Checks now, because something has changed.
    void look();

Q_SIGNALS:
    /// Nothing is left (\a inTime), or the time-out has passed. Emitted once for each start(), not during it.
    void finished(bool inTime);

private:
    void onCounted(qint64 inLoops);
    void finish(bool inTime);

    RelayPool &m_relays;
    const std::function<qint64()> m_outside;
    QTimer m_limit;
    QTimer m_poll;
    bool m_asking = false;
};

} // namespace frpx
