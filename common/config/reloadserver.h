// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QLocalServer>
#include <QLockFile>
#include <QObject>

#include <functional>
#include <memory>

namespace frpx {

/// Where the running \a program that was started with \a configFile can be asked to read it again: a local
/// socket in $XDG_RUNTIME_DIR, else in a directory of this user's own in the system's temporary one, which is
/// made. Errc::Io if that is not possible, or the directory is somebody else's.
Result<QString> reloadSocketPath(const QString &program, const QString &configFile);

/// Answers `frps reload` and `frpc reload` of the same user on a local socket: the one word it takes is
/// answered with what became of it, and the connection is closed. Few connections at a time, each with a
/// deadline. Lives on the control thread.
class ReloadServer : public QObject
{
    Q_OBJECT

public:
    /// Reads the configuration again and applies it; a sentence on what has changed, or what is wrong.
    using Handler = std::function<Result<QString>()>;

    explicit ReloadServer(Handler handler, QObject *parent = nullptr);
    ~ReloadServer() override;

    /// Errc::AlreadyExists if another process listens there, Errc::Io for the rest.
    Result<void> listen(const QString &path);

private:
    void onConnection();
    void onReadyRead(QLocalSocket *socket);

    Handler m_handler;
    QLocalServer m_server;
    std::unique_ptr<QLockFile> m_lock; ///< tells a listening process from what a killed one has left behind
    int m_connections = 0;
};

/// Asks whoever listens at \a path to reload, and waits some seconds for the answer: for a program that does
/// nothing else. Errc::NotFound if nobody is there, Errc::BadConfig with the faults, Errc::Timeout.
Result<QString> requestReload(const QString &path);

} // namespace frpx
