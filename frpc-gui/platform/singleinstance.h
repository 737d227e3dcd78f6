// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QLocalServer>
#include <QObject>
#include <QTimer>

#include <memory>

class QLocalSocket;
class QLockFile;

namespace frpx::gui {

/// Sees to it that a user runs this program once: a later start hands what it was asked for to the first one
/// and ends. Lives on the GUI thread, which it does not block.
class SingleInstance : public QObject
{
    Q_OBJECT

public:
    static constexpr qsizetype maxMessage = qsizetype{64} * 1024; ///< bytes

    /// \a path is that of a local socket in a directory of this user's own.
    explicit SingleInstance(QString path, QObject *parent = nullptr);
    ~SingleInstance() override;

    /// Becomes the first, or hands \a message, one line, to the one that is. One of becameFirst(),
    /// handedOver() and failed() follows, not from within the call.
    void claim(const QByteArray &message);

Q_SIGNALS:
    void becameFirst();
    void handedOver();
    /// Another one runs, and does not answer.
    void failed();
    /// To the first: a later start wants this.
    void messageReceived(const QByteArray &message);

private:
    bool lock();
    void tryToHandOver();
    void onConnection();
    void readMessage(QLocalSocket *socket);

    const QString m_path;
    std::unique_ptr<QLockFile> m_lock; ///< tells a running one from what a killed one has left behind
    QLocalServer m_server;
    QByteArray m_message;
    QLocalSocket *m_socket = nullptr; ///< to the first one; a child
    QTimer m_retry;
    int m_triesLeft = 0;
    int m_connections = 0;
};

} // namespace frpx::gui
