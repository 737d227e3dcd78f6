// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/relay/relaypool.h"

#include <QObject>
#include <QTimer>

namespace frpx {

/// Waits until a program that takes no more users has served those it has, or until their time is over.
///
/// It asks the loops a few times a second and only while it waits, so that it costs the relays nothing.
class DrainWatch : public QObject
{
    Q_OBJECT

public:
    /// \a outside counts what is under way outside of the loops of \a relays; called in this object's thread.
    /// The loops must be stopped before this object goes.
    DrainWatch(RelayPool &relays, std::function<qint64()> outside, QObject *parent = nullptr);

    /// Begins to wait, for \a timeoutMs at most.
    void start(int timeoutMs);
    void stop();
    bool isRunning() const { return m_limit.isActive(); }
    /// Looks now: something has changed.
    void look();

Q_SIGNALS:
    /// Nothing is left (\a inTime), or the time is over. Comes once for each start(), not from within it.
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
