// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QLocalServer>
#include <QLockFile>
#include <QObject>

#include <functional>
#include <memory>

class QTimer;

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
    /// What became of it: a sentence on what has changed; Errc::Forbidden if it is applied, but the other
    /// side refuses a part of it, one line for each; another error with what is wrong.
    using Answer = std::function<void(const Result<QString> &)>;
    /// Reads the configuration again, applies it, and calls \a answer once, within maxWorkMs, on this thread.
    using Handler = std::function<void(const Answer &answer)>;

    explicit ReloadServer(Handler handler, QObject *parent = nullptr);
    /// For a \a handler that has its answer at once.
    explicit ReloadServer(std::function<Result<QString>()> handler, QObject *parent = nullptr);
    ~ReloadServer() override;

    /// Errc::AlreadyExists if another process listens there, Errc::Io for the rest.
    Result<void> listen(const QString &path);

    static constexpr int maxWorkMs = 10'000; ///< of a handler; then the connection is closed

private:
    void onConnection();
    void onReadyRead(QLocalSocket *socket, QTimer *deadline);
    static void answer(QLocalSocket *socket, const Result<QString> &done);

    Handler m_handler;
    QLocalServer m_server;
    std::unique_ptr<QLockFile> m_lock; ///< tells a listening process from what a killed one has left behind
    int m_connections = 0;
};

/// Asks whoever listens at \a path to reload, and waits some seconds for the answer: for a program that does
/// nothing else. Errc::NotFound if nobody is there, Errc::Forbidden if it is applied and a part of it is
/// refused, with the whole answer, Errc::BadConfig with the faults, Errc::Timeout.
Result<QString> requestReload(const QString &path);

} // namespace frpx
