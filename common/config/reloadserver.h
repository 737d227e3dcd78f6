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

/// The local socket at which the running \a program with \a configFile accepts reload requests: in
/// $XDG_RUNTIME_DIR, otherwise in a private directory of this operating system user in the temporary
/// directory, which is created. Errc::Io if that is not possible, or another user owns the directory.
Result<QString> reloadSocketPath(const QString &program, const QString &configFile);

/// Answers `frps reload` and `frpc reload` of the same operating system user on a local socket: it accepts
/// one word, answers with the result, and closes the connection. Accepts a few connections at a time, each
/// with a deadline. Lives on the control thread.
class ReloadServer : public QObject
{
    Q_OBJECT

public:
    /// The result: a sentence that says what has changed; Errc::Forbidden if the configuration is applied but
    /// the other side refuses a part of it, one line for each; another error with the faults.
    using Answer = std::function<void(const Result<QString> &)>;
    /// Reads the configuration again, applies it, and calls \a answer once, within maxWorkMs, on this thread.
    using Handler = std::function<void(const Answer &answer)>;

    explicit ReloadServer(Handler handler, QObject *parent = nullptr);
    /// For a \a handler that returns its answer at once.
    explicit ReloadServer(std::function<Result<QString>()> handler, QObject *parent = nullptr);
    ~ReloadServer() override;

    /// Errc::AlreadyExists if another process listens there, Errc::Io for other errors.
    Result<void> listen(const QString &path);

    static constexpr int maxWorkMs = 10'000; ///< of a handler; then the connection is closed

private:
    void onConnection();
    void onReadyRead(QLocalSocket *socket, QTimer *deadline);
    static void answer(QLocalSocket *socket, const Result<QString> &done);

    Handler m_handler;
    QLocalServer m_server;
    std::unique_ptr<QLockFile> m_lock; ///< distinguishes a listening process from the files of a killed one
    int m_connections = 0;
};

/// Sends a reload request to the process at \a path and waits some seconds for the answer: for a program that
/// does nothing else. Errc::NotFound if there is no such process, Errc::Forbidden if the configuration is
/// applied and a part of it is refused, with the whole answer, Errc::BadConfig with the faults,
/// Errc::Timeout.
Result<QString> requestReload(const QString &path);

} // namespace frpx
