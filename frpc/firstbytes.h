// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QObject>

class QAbstractSocket;

namespace frpx::client {

/// Looks at the first bytes that a peer sends before a QSslSocket takes them, which tells nobody what they
/// were when they are no TLS. Where that cannot be done, there are none.
class FirstBytes : public QObject
{
    Q_OBJECT

public:
    /// \a socket is connected and has read nothing yet.
    void watch(QAbstractSocket *socket);

    /// At most maxSize of them.
    const QByteArray &bytes() const { return m_bytes; }
    static constexpr qsizetype maxSize = 16;

    bool eventFilter(QObject *notifier, QEvent *event) override;

private:
    QByteArray m_bytes;
};

} // namespace frpx::client
