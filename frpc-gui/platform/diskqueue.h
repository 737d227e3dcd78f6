// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include <functional>

namespace frpx::gui {

/// Does one thing after the other on a thread of its own, for whatever may wait for a disk. Lives on the GUI
/// thread. Its end waits for what has been asked for.
class DiskQueue
{
public:
    DiskQueue() { m_pool.setMaxThreadCount(1); }
    ~DiskQueue() { m_pool.waitForDone(); }
    Q_DISABLE_COPY_MOVE(DiskQueue)

    void run(std::function<void()> work) { m_pool.start(std::move(work)); }

    /// Calls \a done with the result of \a work, on the GUI thread, unless \a context has gone by then.
    template <typename Work, typename Done>
    void run(QObject *context, Work work, Done done)
    {
        // The receiver of the call is ours and outlives the thread, which \a context may not.
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
    QThreadPool m_pool; // last: its threads end before the rest does
};

} // namespace frpx::gui
