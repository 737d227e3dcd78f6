// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/app/serverconfig.h"

#include "common/config/programhelp.h"
#include "common/core/logging.h"
#include "common/relay/ratelimit.h"
#include "frps/api/apigate.h"
#include "frps/app/serverkeys.h"
#include "frps/cli/portkeepercommand.h"
#include "frps/cli/tokencommand.h"
#include "frps/cli/usercommand.h"
#include "frps/store/databaseoptions.h"
#include "frps/tls/publictlsoptions.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

constexpr int maxSeconds = 24 * 3600;
constexpr int maxPerSource = 1'000'000;
constexpr int maxDays = 36'500;
constexpr qint64 minBandwidth = 1000; // half a kilobyte every half second

namespace {

void addTlsOptions(CommandLine &line)
{
    line.addLive(u"tls-cert"_s,
        u"Certificate (PEM, followed by its chain) for clients; without it the server makes its own"_s,
        u"FILE"_s);
    line.addLive(u"tls-key"_s, u"Key of that certificate (PEM, no passphrase)"_s, u"FILE"_s);
    line.addLive(u"tls-ca"_s, u"Clients need a certificate signed by one of these CAs (PEM)"_s, u"FILE"_s);
    line.addLive(
        u"allow-plain"_s, u"Accept clients without TLS from everywhere, not only from this machine"_s);
    line.addLive(u"require-tls"_s, u"Accept no client without TLS, not even from this machine"_s);
    line.add(u"api-tls"_s, u"The API uses HTTPS only"_s);
    line.addLive(u"api-tls-cert"_s, u"Certificate of the API, if it is not the one for clients"_s, u"FILE"_s);
    line.addLive(u"api-tls-key"_s, u"Key of that certificate"_s, u"FILE"_s);
}

TlsOptions readTlsOptions(CommandLine &line)
{
    TlsOptions tls;
    tls.certificateFile = line.text(u"tls-cert"_s);
    tls.keyFile = line.text(u"tls-key"_s);
    tls.clientCaFile = line.text(u"tls-ca"_s);
    if (line.isSet(u"allow-plain"_s))
        tls.plain = PlainPolicy::Everywhere;
    if (line.isSet(u"require-tls"_s))
        tls.plain = PlainPolicy::Nowhere;
    if (line.isSet(u"allow-plain"_s) && line.isSet(u"require-tls"_s))
        line.fail(u"--allow-plain and --require-tls do not go together."_s);
    tls.api = line.isSet(u"api-tls"_s);
    tls.apiCertificateFile = line.text(u"api-tls-cert"_s);
    tls.apiKeyFile = line.text(u"api-tls-key"_s);
    if (tls.certificateFile.isEmpty() != tls.keyFile.isEmpty())
        line.fail(u"--tls-cert and --tls-key go together."_s);
    if (tls.apiCertificateFile.isEmpty() != tls.apiKeyFile.isEmpty())
        line.fail(u"--api-tls-cert and --api-tls-key go together."_s);
    // An error: otherwise the API would be plain without notice.
    if (!tls.api && !tls.apiCertificateFile.isEmpty())
        line.fail(u"--api-tls-cert goes with --api-tls."_s);
    return tls;
}

QString aboutText()
{
    return u"frps: the public side of the frpx reverse proxy. Clients (frpc) connect to it; it spreads the "
           "connections of visitors to the public port over them. Every option may also stand in a "
           "configuration file or in a variable: --log-level is FRPX_LOG_LEVEL."_s;
}

/// The commands that belong neither to accounts nor to tokens.
QList<CommandHelp> singleCommands()
{
    return {portKeeperCommand(),
        {u"fingerprint"_s, {}, u"Print the fingerprint of the certificate that clients see"_s, {},
            {u"config"_s, u"data-dir"_s, u"tls-cert"_s, u"tls-key"_s}},
        {u"reload"_s, {}, u"Ask the running frps that has this --config to read it again"_s, {},
            {u"config"_s}}};
}

void addOptions(CommandLine &line)
{
    const ServerConfig defaults;
    const auto number = [](int value) { return QString::number(value); };

    for (const QList<CommandHelp> &group : {userCommands(), tokenCommands()})
        line.setPositional(groupSyntax(group), group.first().help + u'.');
    for (const CommandHelp &command : singleCommands())
        line.setPositional(command.syntax(), command.help + u'.');
    addConfigOptions(line, u"frps"_s, u"c"_s);
    line.add(
        u"control-port"_s, u"Port for client control connections"_s, u"PORT"_s, number(defaults.controlPort));
    line.add(u"proxy-port"_s, u"Port for client proxy connections"_s, u"PORT"_s, number(defaults.proxyPort));
    line.add(
        u"public-port"_s, u"Port for the connections of visitors"_s, u"PORT"_s, number(defaults.publicPort));
    line.add(u"api-port"_s, u"Port for the HTTP API"_s, u"PORT"_s, number(defaults.apiPort));
    line.add(u"allow-ports"_s,
        u"Public ports that may be assigned to tunnels and by the port keeper: a list such as "
        "9930-9932,10000"_s,
        u"RANGES"_s);
    line.add(u"listen"_s, u"Address of the control, proxy and public ports; :: means all, IPv4 included"_s,
        u"ADDR"_s, u"::"_s);
    line.add(u"api-listen"_s,
        u"Address of the API; any but a loopback address needs an admin token, see frps token --help"_s,
        u"ADDR"_s, defaults.apiListen.toString());
    line.add(u"api-require-token"_s, u"Require a token even where the API listens on a loopback address"_s);
    line.add(u"api-allow-host"_s,
        u"Names by which the API may be called in the Host field, beside localhost and addresses"_s,
        u"NAME,..."_s);
    line.add(u"api-allow-origin"_s,
        u"Web pages that may use the API: a list such as https://status.example.org"_s, u"ORIGIN,..."_s);
    line.add(u"api-token-file"_s,
        u"With --monitor: file whose first line is the token for the API; or set FRPX_API_TOKEN to the token itself"_s,
        u"FILE"_s);
    line.add(u"user"_s,
        u"When started as root: the account of the system to run as once the ports are open. With "
        "token revoke: the account of frps whose tokens are revoked"_s,
        u"NAME"_s);
    line.add(u"data-dir"_s, u"Directory of the accounts' database"_s, u"DIR"_s, defaultDataDir());
    addTlsOptions(line);
    addPublicTlsOptions(line);
    line.add(u"database"_s,
        u"Store accounts and leases in PostgreSQL: postgresql://USER@HOST:PORT/DATABASE?sslmode=..., "
        "without a password, which others could read"_s,
        u"URL"_s);
    line.add(u"database-file"_s, u"File whose first line is that URL, with a password if it needs one"_s,
        u"FILE"_s);
    line.add(u"token-lifetime"_s,
        u"Days until the token of a login expires; use in the last quarter renews it; 0 means never"_s,
        u"DAYS"_s, number(defaults.tokenLifetimeDays));
    line.add(u"heartbeat-timeout"_s, u"Seconds without a heartbeat after which a client is disconnected"_s,
        u"SECONDS"_s, number(defaults.heartbeatTimeoutS));
    line.addLive(u"hung-client-timeout"_s,
        u"Seconds without a message on its control link after which the open connections of a client are "
        "cut, even if it is no longer registered; 0 means never"_s,
        u"SECONDS"_s, number(defaults.hungClientTimeoutS));
    line.add(u"pending-timeout"_s,
        u"Seconds that a visitor waits for a client before its connection is closed"_s, u"SECONDS"_s,
        number(defaults.pendingTimeoutS));
    line.addLive(u"allow-from"_s,
        u"Allow only these addresses to use the public port: a list such as 192.0.2.0/24,2001:db8::/32"_s,
        u"CIDR,..."_s);
    line.addLive(u"deny-from"_s,
        u"Refuse these addresses at the public port, even if --allow-from names them"_s, u"CIDR,..."_s);
    line.addLive(u"max-connections-per-source"_s,
        u"Connections of one address (IPv6: of one /64 network) to the public port at a time; 0 means no limit"_s,
        u"N"_s, number(defaults.accessRules.maxPerSource));
    line.addLive(u"accept-proxy-protocol-from"_s,
        u"Proxies in front of the public port: each of their connections begins with a PROXY header (v1 or v2)"_s,
        u"CIDR,..."_s);
    line.add(u"bandwidth-per-user"_s,
        u"Bytes per second, in each direction, for all clients of one account together, such as 500K, 20M or "
        "4MiB; 0 means no limit"_s,
        u"RATE"_s, number(0));
    line.add(u"max-tunnels-per-user"_s, u"Tunnels that one account may have"_s, u"N"_s,
        number(defaults.maxTunnelsPerUser));
    line.add(u"max-leases-per-user"_s,
        u"Ports that are kept for the tunnels of one account; for a further one it loses the one unused for "
        "the longest time; 0 means twice the tunnels it may have"_s,
        u"N"_s, number(defaults.maxLeasesPerUser));
    line.add(u"max-sessions-per-user"_s,
        u"Clients of one account that may be connected; 0 means an eighth of the open files that the system "
        "allows, and at least 100"_s,
        u"N"_s, number(defaults.maxSessionsPerUser));
    line.add(u"max-connections-per-user"_s,
        u"Connections to the tunnels of one account at a time, further ones wait; 0 means no limit"_s, u"N"_s,
        number(defaults.maxConnectionsPerUser));
    line.addLive(u"drain-timeout"_s,
        u"Seconds that open connections get to end when the server is stopped; 0 cuts them at once"_s,
        u"SECONDS"_s, number(defaults.drainTimeoutS));
    line.add(u"relay-threads"_s, u"Threads that carry the visitors' bytes; 0 means one per core"_s, u"N"_s,
        u"0"_s);
    line.addLive(u"policy"_s,
        u"How the public port chooses the client for a visitor: "_s + policyNames().join(u", "_s), u"NAME"_s,
        policyName(defaults.policy));
    line.setValues(u"policy"_s, policyNames());
    line.addLive(u"log-level"_s, u"debug, info, warning or critical"_s, u"LEVEL"_s, u"info"_s);
    line.setValues(u"log-level"_s, logLevelNames());
    line.addCommand(u"monitor"_s, u"Print the clients of the running server, and exit"_s);
    line.addCommand(u"watch"_s, u"With --monitor: refresh until interrupted"_s);
}

} // namespace

Result<ServerConfig> parseServerArguments(
    const QStringList &arguments, const QProcessEnvironment &environment, InputFiles *files)
{
    CommandLine line(aboutText(), environment, files);
    addOptions(line);
    const bool isOfAccounts = isAccountCommand(arguments);
    if (isOfAccounts)
        addAccountOptions(line);
    if (const Result<void> parsed = line.parse(arguments); !parsed)
        return parsed.error();

    ServerConfig config;
    if (const std::optional<QString> text = line.requestedText(u"frps"_s)) {
        config.task = ServerConfig::Task::PrintAndExit;
        config.text = *text;
        return config;
    }
    config.configFile = line.text(u"config"_s);
    const QStringList rest = line.positional();
    if (rest == QStringList{u"reload"_s}) { // the running server reads the file
        config.task = ServerConfig::Task::Reload;
        if (config.configFile.isEmpty())
            return Error{Errc::InvalidArgument, u"frps reload needs the --config of the running frps."_s};
        return config;
    }
    const ConfigNode root = loadConfig(serverSchema(), line);
    config.controlPort = line.port(u"control-port"_s);
    config.proxyPort = line.port(u"proxy-port"_s);
    config.publicPort = line.port(u"public-port"_s);
    config.apiPort = line.port(u"api-port"_s);
    if (Result<PortRanges> ranges = PortRanges::parse(line.text(u"allow-ports"_s)))
        config.allowPorts = *std::move(ranges);
    else
        line.fail(u"--allow-ports: "_s + ranges.error().detail);
    config.listen = line.address(u"listen"_s, u"control-port"_s);
    config.apiListen = line.address(u"api-listen"_s, u"api-port"_s);
    config.apiTokenRequired = line.isSet(u"api-require-token"_s);
    config.apiTokenFile = line.text(u"api-token-file"_s);
    const auto names = [&line](const QString &name, auto parse) {
        Result<QStringList> list = parse(line.text(name));
        if (!list)
            line.fail(u"--%1: %2"_s.arg(name, list.error().detail));
        return list ? *std::move(list) : QStringList();
    };
    config.apiHosts = names(u"api-allow-host"_s, parseApiHosts);
    config.apiOrigins = names(u"api-allow-origin"_s, parseApiOrigins);
    config.runAs = line.text(u"user"_s);
    config.dataDir = line.text(u"data-dir"_s);
    if (config.dataDir.isEmpty())
        line.fail(u"--data-dir takes a directory."_s);
    config.tls = readTlsOptions(line);
    config.publicTls = readPublicTls(root, config.publicPort, line);
    if (Result<DatabaseTarget> database = databaseTarget(line, config.dataDir))
        config.database = *std::move(database);
    else
        line.fail(database.error().detail);
    config.tokenLifetimeDays = line.number(u"token-lifetime"_s, 0, maxDays);
    config.heartbeatTimeoutS = line.number(u"heartbeat-timeout"_s, 1, maxSeconds);
    config.hungClientTimeoutS = line.number(u"hung-client-timeout"_s, 0, maxSeconds);
    config.pendingTimeoutS = line.number(u"pending-timeout"_s, 1, maxSeconds);
    const auto addresses = [&line](const QString &name) {
        Result<net::CidrList> list = net::CidrList::parse(line.text(name));
        if (!list)
            line.fail(u"--%1: %2"_s.arg(name, list.error().detail));
        return list ? *std::move(list) : net::CidrList();
    };
    config.accessRules.allowFrom = addresses(u"allow-from"_s);
    config.accessRules.denyFrom = addresses(u"deny-from"_s);
    config.accessRules.frontProxies = addresses(u"accept-proxy-protocol-from"_s);
    config.accessRules.maxPerSource = line.number(u"max-connections-per-source"_s, 0, maxPerSource);
    config.bandwidthPerUser = line.bytes(u"bandwidth-per-user"_s, minBandwidth, TokenBucket::maxRate);
    config.maxTunnelsPerUser = line.number(u"max-tunnels-per-user"_s, 0, 65'535);
    config.maxLeasesPerUser = line.number(u"max-leases-per-user"_s, 0, 65'535);
    config.maxSessionsPerUser = line.number(u"max-sessions-per-user"_s, 0, 1'000'000);
    config.maxConnectionsPerUser = line.number(u"max-connections-per-user"_s, 0, maxPerSource);
    config.drainTimeoutS = line.number(u"drain-timeout"_s, 0, maxSeconds);
    config.relayThreads = line.number(u"relay-threads"_s, 0, 256);
    if (const std::optional<BalancePolicy> policy = policyFromName(line.text(u"policy"_s)))
        config.policy = *policy;
    else
        line.fail(u"--policy takes one of: "_s + policyNames().join(u", "_s) + u'.');
    config.logLevel = line.logLevel(u"log-level"_s);
    config.watch = line.isSet(u"watch"_s);
    if (line.isSet(u"monitor"_s))
        config.task = ServerConfig::Task::Monitor;
    else if (config.watch)
        line.fail(u"--watch goes with --monitor."_s);

    if (isOfAccounts)
        config.accountOptions = accountOptions(line);
    if (!rest.isEmpty() && (rest.first() == u"user"_s || rest.first() == u"token"_s)) {
        config.task = rest.first() == u"user"_s ? ServerConfig::Task::User : ServerConfig::Task::Token;
        config.userArguments = rest.sliced(1);
    } else if (rest == QStringList{u"fingerprint"_s}) {
        config.task = ServerConfig::Task::Fingerprint;
    } else if (!rest.isEmpty()) {
        line.fail(u"\"%1\" is not a command of frps; see frps --help."_s.arg(rest.first()));
    }
    if (line.error())
        return *line.error();
    config.notes = line.report().notes();
    config.settings = line.settings();
    config.liveSettings = line.liveSettings();
    if (const std::optional<QString> text = checkedText(line)) {
        config.task = ServerConfig::Task::PrintAndExit;
        config.text = *text;
    }
    return config;
}

ProgramHelp serverHelp()
{
    CommandLine line(aboutText());
    addOptions(line);
    ProgramHelp help = describe(u"frps"_s, line, serverSchema());
    help.commands = userCommands() + tokenCommands() + singleCommands();
    help.tables = {{u"publicTls"_s,
        u"Ports of tunnels with their own certificate, once for each certificate"_s, publicTlsKeys()}};
    return help;
}

QList<OptionSpelling> serverSpellings()
{
    CommandLine line({});
    addOptions(line);
    return spellings(line, serverSchema());
}

} // namespace frpx::server
