// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QObject>
#include <QTcpSocket>
#include <QTimer>

namespace frpx::gui {

/// Finds out once whether somebody answers at a TCP port. Lives on one thread, which it never blocks.
class PortProbe : public QObject
{
    Q_OBJECT

public:
    static constexpr int timeoutMs = 3000; ///< with the lookup of a name

    explicit PortProbe(QObject *parent = nullptr);

    /// Begins, or begins anew: only the latest try is answered.
    void start(const QString &host, quint16 port);
    bool isRunning() const { return m_isRunning; }

Q_SIGNALS:
    /// \a fault says why nobody does; empty: somebody answers.
    void finished(const QString &fault);

private:
    void finish(const QString &fault);

    bool m_isRunning = false;
    QTcpSocket m_socket;
    QTimer m_timer;
};

} // namespace frpx::gui
