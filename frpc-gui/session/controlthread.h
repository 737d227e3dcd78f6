// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/session/networkwatch.h"

#include <QThread>

namespace frpx::gui {

/// The thread on which all sessions of this program live. Its relay loops have threads of their own.
class ControlThread
{
public:
    /// Another \a reader replaces the reading of the machine's network.
    explicit ControlThread(NetworkWatch::NetworkReader reader = NetworkWatch::lookAtMachine);
    /// Requires that all objects of the thread are deleted or scheduled for deletion.
    ~ControlThread();
    Q_DISABLE_COPY_MOVE(ControlThread)

    QThread *thread() { return &m_thread; }
    /// Lives on the control thread; connect to its signals, do not call it.
    NetworkWatch *networkWatch() { return m_networkWatch; }

private:
    QThread m_thread;
    NetworkWatch *m_networkWatch; ///< deleted when the thread ends
};

} // namespace frpx::gui
