// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc-gui/session/networkwatch.h"

#include <QThread>

namespace frpx::gui {

/// The thread that all sessions of this program live on. Its relay loops are threads of their own.
class ControlThread
{
public:
    /// With another \a reader it sees what somebody else sees of the network.
    explicit ControlThread(NetworkWatch::NetworkReader reader = NetworkWatch::lookAtMachine);
    /// What lives there has been deleted, or told to be, before.
    ~ControlThread();
    Q_DISABLE_COPY_MOVE(ControlThread)

    QThread *thread() { return &m_thread; }
    /// Lives there; connect to it, do not call it.
    NetworkWatch *networkWatch() { return m_networkWatch; }

private:
    QThread m_thread;
    NetworkWatch *m_networkWatch; ///< deleted when the thread ends
};

} // namespace frpx::gui
