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

/// Ensures one instance of this program for each operating system user: a later start passes its message to
/// the first one and ends. Lives on the GUI thread and does not block it.
class SingleInstance : public QObject
{
    Q_OBJECT

public:
    static constexpr qsizetype maxMessage = qsizetype{64} * 1024; ///< bytes

    /// \a path names a local socket in a directory of this operating system user only.
    explicit SingleInstance(QString path, QObject *parent = nullptr);
    ~SingleInstance() override;

    /// Becomes the first instance, or sends \a message, one line, to it. Then emits one of becameFirst(),
    /// handedOver() and failed(), never during the call.
    void claim(const QByteArray &message);

Q_SIGNALS:
    void becameFirst();
    void handedOver();
    /// Another instance runs, and does not answer.
    void failed();
    /// For the first instance: a later start has sent this.
    void messageReceived(const QByteArray &message);

private:
    bool lock();
    void tryToHandOver();
    void onConnection();
    void readMessage(QLocalSocket *socket);

    const QString m_path;
    std::unique_ptr<QLockFile> m_lock; ///< distinguishes a running instance from the files of a killed one
    QLocalServer m_server;
    QByteArray m_message;
    QLocalSocket *m_socket = nullptr; ///< to the first instance; a child
    QTimer m_retry;
    int m_triesLeft = 0;
    int m_connections = 0;
};

} // namespace frpx::gui
