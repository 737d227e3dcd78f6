// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include <functional>

namespace frpx::gui {

/// Runs blocking disk work in order on a thread of its own. Lives on the GUI thread. Its destructor waits for
/// the queued work.
class DiskQueue
{
public:
    DiskQueue() { m_pool.setMaxThreadCount(1); }
    ~DiskQueue() { m_pool.waitForDone(); }
    Q_DISABLE_COPY_MOVE(DiskQueue)

    void run(std::function<void()> work) { m_pool.start(std::move(work)); }

    /// Runs \a work on the disk thread, then calls \a done with the result on the GUI thread, unless \a
    /// context is deleted by then.
    template <typename Work, typename Done>
    void run(QObject *context, Work work, Done done)
    {
        // The call goes to m_relay, which outlives the thread; \a context may not.
        m_pool.start([relay = &m_relay, guard = QPointer<QObject>(context), work = std::move(work),
                         done = std::move(done)]() mutable {
            auto result = work();
            QMetaObject::invokeMethod(
                relay,
                [guard, done = std::move(done), result = std::move(result)]() mutable {
                    if (guard)
                        done(std::move(result));
                },
                Qt::QueuedConnection);
        });
    }

private:
    QObject m_relay;
    QThreadPool m_pool; // last: its threads end before the other members are destroyed
};

} // namespace frpx::gui
