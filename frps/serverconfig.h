// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "frps/auth/accountoptions.h"
#include "frps/balance/balancepolicy.h"
#include "frps/balance/outlierdetector.h"
#include "frps/ports/portranges.h"
#include "frps/public/accesscontrol.h"
#include "frps/store/databasetarget.h"
#include "frps/tls/publictlsrule.h"
#include "frps/tls/servertls.h"

#include <QHash>
#include <QHostAddress>
#include <QProcessEnvironment>
#include <QStringList>

namespace frpx {
struct OptionSpelling;
struct ProgramHelp;
} // namespace frpx

namespace frpx::server {

/// Everything frps can be told, with the defaults.
struct ServerConfig
{
    enum class Task {
        Serve,
        Monitor, ///< print what a running server knows
        User, ///< manage accounts
        Token, ///< manage tokens
        Fingerprint, ///< print that of the certificate
        Reload, ///< ask the running frps to read its file again
        PrintAndExit, ///< --help, --version, --check-config: print `text`
    };

    Task task = Task::Serve;
    QString text; ///< for PrintAndExit
    QStringList userArguments; ///< for User and Token: what follows "user" or "token"
    AccountOptions accountOptions; ///< for User and Token

    QHostAddress listen = QHostAddress(QHostAddress::Any); ///< control, proxy and public port; IPv4 and IPv6
    QHostAddress apiListen = QHostAddress(QHostAddress::LocalHost);
    bool apiTokenRequired =
        false; ///< also for requests from this machine, and where the API listens on it alone
    QStringList apiOrigins; ///< web pages that may use the API
    QStringList apiHosts; ///< names of the API in Host fields, beside localhost and addresses
    QString apiTokenFile; ///< for Monitor: its first line is the token
    quint16 controlPort = 17000;
    quint16 proxyPort = 17001;
    quint16 publicPort = 18080;
    quint16 apiPort = 18081;
    PortRanges allowPorts; ///< for tunnels on demand, and for real frp servers by the plugin endpoint
    QString runAs; ///< account of the system to become when the ports are open; empty: none
    TlsOptions tls;
    std::vector<PublicTlsRule> publicTls; ///< no port twice
    QString dataDir; ///< the accounts' database is here, unless `database` says otherwise
    DatabaseTarget database; ///< accounts and leases
    int tokenLifetimeDays = 365; ///< of a login; 0: for ever
    int heartbeatTimeoutS = 30;
    int hungClientTimeoutS = 0; ///< the streams of a client end after so long without a word; 0: never
    int pendingTimeoutS = 10;
    int drainTimeoutS =
        30; ///< what is under way gets so long when the server stops; 0: nothing is waited for
    int relayThreads = 0; ///< 0: one per core
    AccessRules door; ///< who may use the public port
    qint64 bandwidthPerUser = 0; ///< bytes/s each way for the clients of one account together; 0: no limit
    BalancePolicy policy = BalancePolicy::Random;
    int maxTunnelsPerUser = 100; ///< of one account
    int maxLeasesPerUser = 0; ///< ports kept for tunnels of one account; 0: twice the tunnels it may have
    int maxSessionsPerUser = 0; ///< clients of one account; 0: an eighth of the open files, at least 100
    int maxConnectionsPerUser = 0; ///< users of one account's tunnels at the same time; 0: no limit
    OutlierLimits outliers; ///< no options; trialMs follows pendingTimeoutS
    quint64 openFileLimit = 0; ///< what main() got from the system; 0: unknown
    QString logLevel;
    QString configFile; ///< empty: none
    QStringList notes; ///< about the file: what in it has no effect
    QHash<QString, QString> settings; ///< the value of each option, to see what has changed
    bool watch = false; ///< with Monitor: again and again
};

/// Reads the command line \a arguments (with the program's name in front), the variables of \a environment,
/// and the configuration file that one of them names. Errc::InvalidArgument with a sentence that names the
/// option, or Errc::BadConfig with a line for each fault of the file. The files are read by \a files, or once
/// and for all when that is null: it may take as long as a pipe among them is open.
Result<ServerConfig> parseServerArguments(const QStringList &arguments,
    const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment(),
    InputFiles *files = nullptr);

/// All options of frps in their three spellings.
QList<OptionSpelling> serverSpellings();

/// All that frps can be told, for its manual.
ProgramHelp serverHelp();

} // namespace frpx::server
