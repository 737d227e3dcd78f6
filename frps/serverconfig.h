// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/balance/balancepolicy.h"
#include "frps/balance/outlierdetector.h"
#include "frps/public/doorkeeper.h"

#include <QHostAddress>
#include <QStringList>

namespace frpx::server {

/// Everything frps can be told on its command line, with the defaults.
struct ServerConfig
{
    enum class Task {
        Serve,
        Monitor, ///< print what a running server knows
        User, ///< manage accounts
        PrintAndExit, ///< --help, --version: print `text`
    };

    Task task = Task::Serve;
    QString text; ///< for PrintAndExit
    QStringList userArguments; ///< for User: what follows "user"

    QHostAddress listen = QHostAddress(QHostAddress::Any); ///< control, proxy and public port; IPv4 and IPv6
    QHostAddress apiListen = QHostAddress(QHostAddress::LocalHost);
    quint16 controlPort = 17000;
    quint16 proxyPort = 17001;
    quint16 publicPort = 18080;
    quint16 apiPort = 18081;
    QString dataDir; ///< the accounts' database is here
    int heartbeatTimeoutS = 30;
    int pendingTimeoutS = 10;
    int drainTimeoutS =
        30; ///< what is under way gets so long when the server stops; 0: nothing is waited for
    int relayThreads = 0; ///< 0: one per core
    DoorSettings door; ///< who may use the public port
    qint64 bandwidthPerUser = 0; ///< bytes/s each way for the clients of one account together; 0: no limit
    BalancePolicy policy = BalancePolicy::Random;
    OutlierLimits outliers; ///< no options; trialMs follows pendingTimeoutS
    quint64 openFileLimit = 0; ///< what main() got from the system; 0: unknown
    QString logLevel;
    bool watch = false; ///< with Monitor: again and again
};

/// Reads the command line \a arguments (with the program's name in front).
/// Errc::InvalidArgument with a sentence that names the option.
Result<ServerConfig> parseServerArguments(const QStringList &arguments);

} // namespace frpx::server
