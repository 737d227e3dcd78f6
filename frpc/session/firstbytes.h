// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QObject>

class QAbstractSocket;

namespace frpx::client {

/// Reads the first bytes of a peer before a QSslSocket takes them, because the socket does not report them
/// when they are not TLS. On systems without that possibility it reads none.
class FirstBytes : public QObject
{
    Q_OBJECT

public:
    /// \a socket is connected and has read nothing yet.
    void watch(QAbstractSocket *socket);

    /// At most maxSize bytes.
    const QByteArray &bytes() const { return m_bytes; }
    static constexpr qsizetype maxSize = 16;

    bool eventFilter(QObject *notifier, QEvent *event) override;

private:
    QByteArray m_bytes;
};

} // namespace frpx::client
