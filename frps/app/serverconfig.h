// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/net/portranges.h"
#include "frps/backends/balancepolicy.h"
#include "frps/backends/outlierdetector.h"
#include "frps/cli/accountoptions.h"
#include "frps/frontend/accesscontrol.h"
#include "frps/store/databasetarget.h"
#include "frps/tls/publictlsrule.h"
#include "frps/tls/servertls.h"

#include <QHash>
#include <QHostAddress>
#include <QProcessEnvironment>
#include <QSet>
#include <QStringList>

namespace frpx {
struct OptionSpelling;
struct ProgramHelp;
} // namespace frpx

namespace frpx::server {

/// The options of frps, with the defaults.
struct ServerConfig
{
    enum class Task {
        Serve,
        Monitor, ///< print the clients of a running server
        User, ///< manage accounts
        Token, ///< manage tokens
        Fingerprint, ///< print the fingerprint of the certificate
        Reload, ///< ask the running frps to read its file again
        PrintAndExit, ///< --help, --version, --check-config: print `text`
    };

    Task task = Task::Serve;
    QString text; ///< for PrintAndExit
    QStringList userArguments; ///< for User and Token: the arguments after "user" or "token"
    AccountOptions accountOptions; ///< for User and Token

    QHostAddress listen = QHostAddress(QHostAddress::Any); ///< control, proxy and public port; IPv4 and IPv6
    QHostAddress apiListen = QHostAddress(QHostAddress::LocalHost);
    bool apiTokenRequired = false; ///< also if the API listens on a loopback address
    QStringList apiOrigins; ///< web pages that may use the API
    QStringList apiHosts; ///< names of the API in Host fields, beside localhost and addresses
    QString apiTokenFile; ///< for Monitor: its first line is the token
    quint16 controlPort = 17000;
    quint16 proxyPort = 17001;
    quint16 publicPort = 18080;
    quint16 apiPort = 18081;
    PortRanges allowPorts; ///< for tunnels, and for frp servers that use the plugin endpoint
    QString runAs; ///< account of the system to run as once the ports are open; empty: no change
    TlsOptions tls;
    std::vector<PublicTlsRule> publicTls; ///< no port is in two of them
    QString dataDir; ///< contains the accounts' database, unless `database` names another
    DatabaseTarget database; ///< accounts and leases
    int tokenLifetimeDays = 365; ///< of a login; 0: tokens do not expire
    int heartbeatTimeoutS = 30;
    int hungClientTimeoutS = 0; ///< the streams of a client end after so long without a message; 0: never
    int pendingTimeoutS = 10;
    int drainTimeoutS = 30; ///< for open connections to end when the server stops; 0: they are cut at once
    int relayThreads = 0; ///< 0: one per core
    AccessRules accessRules; ///< the addresses that may use the public port
    qint64 bandwidthPerUser = 0; ///< in each direction, for all clients of one account together; 0: no limit
    BalancePolicy policy = BalancePolicy::Random;
    int maxTunnelsPerUser = 100; ///< of one account
    int maxLeasesPerUser = 0; ///< ports kept for tunnels of one account; 0: twice the tunnels it may have
    int maxSessionsPerUser = 0; ///< clients of one account; 0: an eighth of the open files, at least 100
    int maxConnectionsPerUser = 0; ///< to the tunnels of one account at the same time; 0: no limit
    OutlierLimits outliers; ///< no options; trialMs follows pendingTimeoutS
    quint64 openFileLimit = 0; ///< set by main(); 0: unknown
    QString logLevel;
    QString configFile; ///< empty: none
    QStringList notes; ///< options in the file that have no effect
    QHash<QString, QString> settings; ///< the value of each option, to find changes
    QSet<QString> liveSettings; ///< the options that a running server can change
    bool watch = false; ///< with Monitor: repeat
};

/// Parses the command line \a arguments (with the program's name in front), the variables of \a environment,
/// and the configuration file that one of them names. Errc::InvalidArgument with a sentence that names the
/// option, or Errc::BadConfig with a line for each fault of the file. \a files reads the files, and keeps
/// what cannot be read again; null: they are read once, which blocks while a pipe among them is open.
Result<ServerConfig> parseServerArguments(const QStringList &arguments,
    const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment(),
    InputFiles *files = nullptr);

/// All options of frps in their three spellings: command line, environment, file.
QList<OptionSpelling> serverSpellings();

/// All options and commands of frps, for its manual.
ProgramHelp serverHelp();

} // namespace frpx::server
