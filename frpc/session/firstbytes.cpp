// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/session/firstbytes.h"

#include <QAbstractSocket>
#include <QEvent>
#include <QSocketNotifier>

#include <sys/socket.h>

namespace frpx::client {

void FirstBytes::watch(QAbstractSocket *socket)
{
    const QList<QSocketNotifier *> notifiers = socket->findChildren<QSocketNotifier *>();
    for (QSocketNotifier *notifier : notifiers) {
        if (notifier->type() == QSocketNotifier::Read)
            notifier->installEventFilter(this);
    }
}

bool FirstBytes::eventFilter(QObject *notifier, QEvent *event)
{
    const auto *source = qobject_cast<const QSocketNotifier *>(notifier);
    if (event->type() != QEvent::SockAct || !source)
        return false;
    notifier->removeEventFilter(this);
    QByteArray bytes(maxSize, Qt::Uninitialized);
    const ssize_t count = ::recv(static_cast<int>(source->socket()), bytes.data(),
        static_cast<size_t>(bytes.size()), MSG_PEEK | MSG_DONTWAIT);
    if (count > 0)
        m_bytes = bytes.first(count);
    return false;
}

} // namespace frpx::client
