// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/session/controlthread.h"

#ifdef Q_OS_LINUX
#include "common/net/epolldispatcher.h"
#endif

namespace frpx::gui {

ControlThread::ControlThread(NetworkWatch::NetworkReader reader)
    : m_networkWatch(new NetworkWatch(std::move(reader)))
{
    m_thread.setObjectName(QStringLiteral("control"));
#ifdef Q_OS_LINUX
    m_thread.setEventDispatcher(new EpollDispatcher);
#endif
    m_networkWatch->moveToThread(&m_thread);
    QObject::connect(&m_thread, &QThread::started, m_networkWatch, &NetworkWatch::start);
    QObject::connect(&m_thread, &QThread::finished, m_networkWatch, &QObject::deleteLater);
    m_thread.start();
}

ControlThread::~ControlThread()
{
    m_thread.quit();
    m_thread.wait();
}

} // namespace frpx::gui
