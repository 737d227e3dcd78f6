// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tls/fingerprint.h"

#include <QByteArray>
#include <QNetworkAccessManager>
#include <QObject>
#include <QTimer>
#include <QUrl>

#include <chrono>
#include <functional>

class QNetworkReply;

namespace frpx::server {

/// `frps --monitor [--watch]`: asks the API of a running server for its clients and prints them as a table.
class MonitorCommand : public QObject
{
    Q_OBJECT

public:
    using Printer = std::function<void(const QString &text)>;

    struct Options
    {
        bool watch = false; ///< repeat until interrupted
        bool clearScreen = false; ///< before each table; for a terminal
        std::chrono::milliseconds interval{2000};
        std::chrono::milliseconds timeLimit{3000}; ///< for one whole answer
        QString token = {}; ///< for the API; none if empty
        qint64 maxAnswer = qint64(16) * 1024 * 1024;
        std::optional<Fingerprint> certificate = {}; ///< with https: the certificate of the server
        Printer print; ///< standard output if empty
        Printer printError; ///< standard error if empty
    };

    /// \a server is the root of the API, such as http://127.0.0.1:18081.
    MonitorCommand(const QUrl &server, Options options, QObject *parent = nullptr);
    ~MonitorCommand() override;

    /// For Options::clearScreen.
    static bool standardOutputIsTerminal();

    void start();

Q_SIGNALS:
    /// 0 after the table was printed; 1 if the server did not answer. While watching, only the first request
    /// can fail: afterwards a server that restarts is asked again.
    void finished(int exitCode);

private:
    void ask();
    void onReadyRead();
    void onSslErrors();
    void onFinished();
    void fail(const QString &reason);
    void abandon(const QString &reason);

    const QUrl m_url;
    Options m_options;
    QNetworkAccessManager m_network;
    QNetworkReply *m_reply = nullptr;
    QByteArray m_answer;
    QTimer m_timeLimit;
    QTimer m_next;
    bool m_answeredBefore = false;
};

} // namespace frpx::server
