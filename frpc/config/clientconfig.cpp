// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/config/clientconfig.h"

#include "common/config/programhelp.h"
#include "common/core/ids.h"
#include "common/core/logging.h"
#include "common/net/hostaddress.h"
#include "common/system/machineid.h"
#include "common/system/privatefile.h"
#include "common/tunnel/tunneltext.h"
#include "frpc/config/clientkeys.h"
#include "frpc/config/clienttlsoptions.h"
#include "frpc/config/tunnelconfig.h"

#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace frpx::client {

namespace {

struct HealthKindName
{
    HealthCheck::Kind kind;
    QLatin1StringView name;
};

constexpr HealthKindName healthKinds[] = {
    {HealthCheck::Kind::None, "none"_L1},
    {HealthCheck::Kind::Tcp, "tcp"_L1},
    {HealthCheck::Kind::Http, "http"_L1},
};

QStringList healthKindNames()
{
    QStringList names;
    for (const HealthKindName &each : healthKinds)
        names << each.name;
    return names;
}

void addHealthOptions(CommandLine &line)
{
    const HealthCheck check;
    const auto seconds = [](int ms) { return QString::number(ms / 1000); };
    line.add(u"health-check"_s,
        u"How to check the local service: none, tcp (connect) or http (GET); while it fails, other clients "
        "get the visitors"_s,
        u"KIND"_s, u"none"_s);
    line.setValues(u"health-check"_s, healthKindNames());
    line.add(u"health-path"_s, u"What to GET"_s, u"PATH"_s, QString::fromLatin1(check.path));
    line.add(u"health-status"_s, u"The status to be answered, such as 200, or a range of them"_s, u"STATUS"_s,
        u"%1-%2"_s.arg(check.minStatus).arg(check.maxStatus));
    line.add(u"health-interval"_s, u"Seconds between checks"_s, u"SECONDS"_s, seconds(check.intervalMs));
    line.add(u"health-timeout"_s,
        u"Seconds for one check; cut to nine tenths of the interval if not shorter than that"_s, u"SECONDS"_s,
        seconds(check.timeoutMs));
    line.add(u"health-rise"_s, u"Good checks in a row that make the service healthy"_s, u"N"_s,
        QString::number(check.rise));
    line.add(u"health-fall"_s, u"Bad checks in a row that make the service unhealthy"_s, u"N"_s,
        QString::number(check.fall));
}

/// "200" or "200-399" into  check; false if it is neither.
bool readStatuses(const QString &text, HealthCheck &check)
{
    bool minOk = false;
    bool maxOk = false;
    check.minStatus = text.section(u'-', 0, 0).toInt(&minOk);
    check.maxStatus = text.contains(u'-') ? text.section(u'-', 1).toInt(&maxOk) : check.minStatus;
    return minOk && (maxOk || !text.contains(u'-')) && check.minStatus >= 200
        && check.minStatus <= check.maxStatus && check.maxStatus <= 599;
}

HealthCheck readHealthOptions(CommandLine &line)
{
    constexpr qsizetype maxPathLength = 255; // fits into what is reported to the server
    HealthCheck check;
    const QString kind = line.text(u"health-check"_s);
    const auto *const known = std::find_if(std::begin(healthKinds), std::end(healthKinds),
        [&kind](const HealthKindName &each) { return each.name == kind; });
    if (known != std::end(healthKinds))
        check.kind = known->kind;
    else
        line.fail(u"--health-check takes none, tcp or http, not \"%1\"."_s.arg(logSafe(kind)));

    // An option without effect is an error: the person who gives it expects a check.
    for (const QString &name : {u"health-path"_s, u"health-status"_s}) {
        if (line.isSet(name) && check.kind != HealthCheck::Kind::Http)
            line.fail(u"--%1 goes together with --health-check http."_s.arg(name));
    }
    for (const QString &name :
        {u"health-interval"_s, u"health-timeout"_s, u"health-rise"_s, u"health-fall"_s}) {
        if (line.isSet(name) && check.kind == HealthCheck::Kind::None)
            line.fail(u"--%1 goes together with --health-check tcp or http."_s.arg(name));
    }

    const QString path = line.text(u"health-path"_s);
    const bool printable =
        std::all_of(path.cbegin(), path.cend(), [](QChar c) { return c > u' ' && c < u'\x7f'; });
    if (!path.startsWith(u'/') || !printable || path.size() > maxPathLength) {
        line.fail(
            u"--health-path takes a path such as /api/version, in at most %1 printable ASCII characters "
            "without spaces, not \"%2\"."_s.arg(maxPathLength)
                .arg(logSafe(path)));
    }
    check.path = path.toLatin1();
    if (const QString status = line.text(u"health-status"_s); !readStatuses(status, check)) {
        line.fail(
            u"--health-status takes a status from 200 to 599, or a range such as 200-399, not \"%1\"."_s.arg(
                logSafe(status)));
    }
    check.intervalMs = line.number(u"health-interval"_s, 1, 3600) * 1000;
    check.timeoutMs = line.number(u"health-timeout"_s, 1, 3600) * 1000;
    check.rise = line.number(u"health-rise"_s, 1, 100);
    check.fall = line.number(u"health-fall"_s, 1, 100);
    return check;
}

/// Adds the tunnels of the command line to those of the file.
void readTunnelOptions(CommandLine &line, ClientConfig &config)
{
    for (const QString &text : line.texts(u"tunnel"_s)) {
        Result<TunnelSpec> spec = parseTunnelSpec(text);
        if (!spec) {
            line.fail(u"--tunnel: "_s + spec.error().detail);
            continue;
        }
        const bool isKnown = std::any_of(config.tunnels.begin(), config.tunnels.end(),
            [&spec](const TunnelSpec &other) { return other.name == spec->name; });
        if (isKnown)
            line.fail(u"--tunnel: there are two tunnels named '%1'."_s.arg(logSafe(spec->name)));
        config.tunnels.push_back(*std::move(spec));
    }
    config.session.onlyTunnels = line.isSet(u"only-tunnels"_s);
}

/// Decides whether the value of -c is a file or a client id.
void readShortOption(CommandLine &line)
{
    for (const QString &value : line.texts(u"c"_s)) {
        const QFileInfo info(value);
        const bool isFile = value.endsWith(".toml"_L1, Qt::CaseInsensitive)
            || value.endsWith(".ini"_L1, Qt::CaseInsensitive) || (info.exists() && !info.isDir());
        line.assign(isFile ? u"config"_s : u"client-id"_s, value);
    }
}

/// Returns the host that the option \a name gives, or the value itself if it is no host. A port in the value
/// is an error that points to \a portOption, or in a file to \a portKey.
QString readHost(CommandLine &line, const QString &name,
    Result<QString> (&parse)(QStringView text, QStringView portPlace), QStringView portOption,
    QStringView portKey)
{
    const bool isInFile = line.source(name) == CommandLine::Source::File;
    Result<QString> host = parse(line.text(name), isInFile ? portKey : portOption);
    if (host)
        return *std::move(host);
    line.fail(u"--%1 %2."_s.arg(name, host.error().detail));
    return line.text(name);
}

/// The port of the local service; a unix socket has none.
quint16 readLocalPort(CommandLine &line, bool isUnixSocket)
{
    if (!isUnixSocket)
        return line.port(u"local-port"_s, 1);
    // A port from a source with lower precedence than the socket is about another service.
    const CommandLine::Source source = line.source(u"local-port"_s);
    if (source != CommandLine::Source::Default && source >= line.source(u"local-addr"_s))
        line.fail(u"--local-port does not go with --local-addr unix:..., which has no port."_s);
    return 0;
}

/// Reads the first line of the file that \a option names; empty after a fault.
QString readPasswordFile(CommandLine &line, const QString &option, QStringList &notes)
{
    constexpr qsizetype maxPasswordFile = 4096;
    const QString path = line.text(option);
    const Result<PrivateFileContent> file = line.files().readExisting(path, maxPasswordFile);
    if (!file) {
        line.fail(u"--%1: "_s.arg(option) + file.error().detail);
        return {};
    }
    if (file->readableByOthers)
        notes << u"Other users of this machine can read %1, which holds a password."_s.arg(path);
    const QString password = firstLineOf(file->bytes);
    if (password.isEmpty())
        line.fail(u"--%1: the first line of %2 is empty."_s.arg(option, path));
    return password;
}

/// The outbound proxy to the server, if there is one.
std::optional<net::OutboundProxy> readProxyOptions(CommandLine &line, QStringList &notes)
{
    const QString url = line.text(u"proxy-url"_s);
    const bool hasFile = line.isSet(u"proxy-password-file"_s);
    if (url.isEmpty()) {
        if (hasFile)
            line.fail(u"--proxy-password-file goes together with --proxy-url."_s);
        return std::nullopt;
    }
    Result<net::OutboundProxy> proxy = net::parseOutboundProxy(url);
    if (!proxy) {
        line.fail(u"--proxy-url: %1."_s.arg(proxy.error().detail));
        return std::nullopt;
    }
    if (!hasFile)
        return *proxy;
    if (proxy->user.isEmpty() || !proxy->password.isEmpty())
        line.fail(
            u"--proxy-password-file goes together with a --proxy-url that has a user and no password."_s);
    proxy->password = readPasswordFile(line, u"proxy-password-file"_s, notes);
    return *proxy;
}

/// The password from the source with the highest precedence.
QString readPassword(CommandLine &line, QStringList &notes)
{
    const CommandLine::Source direct = line.source(u"password"_s);
    const CommandLine::Source byFile = line.source(u"password-file"_s);
    if (direct == byFile && direct != CommandLine::Source::Default)
        line.fail(u"--password and --password-file do not go together."_s);
    if (direct >= byFile)
        return line.text(u"password"_s);
    return readPasswordFile(line, u"password-file"_s, notes);
}

QString aboutText()
{
    return u"frpc: connects a local service to the public port of an frpx server (frps). Every option may "
           u"also stand in a configuration file or in a variable: --log-level is FRPX_LOG_LEVEL."_s;
}

QList<CommandHelp> commands()
{
    const QStringList toTheServer = {u"c"_s, u"config"_s, u"server-addr"_s, u"control-port"_s, u"proxy-url"_s,
        u"proxy-password-file"_s, u"tls"_s, u"tls-cert"_s, u"tls-key"_s, u"known-servers"_s, u"token-file"_s,
        u"log-level"_s};
    const QStringList asClient = toTheServer
        + QStringList{u"client-id"_s, u"tls-ca"_s, u"tls-server-name"_s, u"tls-fingerprint"_s,
            u"trust-on-first-use"_s, u"email"_s, u"password"_s, u"password-file"_s};
    return {
        {u"services"_s, u"[PREFIX]"_s,
            u"Print the tunnels that are open on the server, those whose names begin with PREFIX, and exit"_s,
            {}, asClient},
        {u"ports"_s, {}, u"Print the ports of the server that are free for tunnels, and exit"_s, {},
            asClient},
        {u"trust"_s, u"[FINGERPRINT]"_s,
            u"Remember the certificate of the server, and exit: the one with this FINGERPRINT, or the one it "
            "shows, after a question"_s,
            {}, toTheServer},
        {u"reload"_s, {}, u"Ask the running frpc that has this --config to read it again"_s, {},
            {u"c"_s, u"config"_s}},
    };
}

void addOptions(CommandLine &line)
{
    const ClientConfig config;
    const SessionSettings &session = config.session;
    const auto number = [](int value) { return QString::number(value); };
    line.add(u"c"_s,
        u"--config if it is a file or ends in .toml or .ini, else --client-id; may be given for both"_s,
        u"FILE|ID"_s);
    addConfigOptions(line, u"frpc"_s, {});
    line.add(u"client-id"_s, u"Unique ID for this client instance [default: derived from this machine]"_s,
        u"ID"_s);
    line.add(u"server-addr"_s, u"Address of the frps server"_s, u"ADDR"_s, session.serverHost, u"s"_s);
    line.add(
        u"control-port"_s, u"Port for the frps control connection"_s, u"PORT"_s, number(session.controlPort));
    line.add(u"proxy-port"_s, u"Port for the frps proxy connection"_s, u"PORT"_s, number(session.proxyPort));
    line.add(u"proxy-url"_s,
        u"Proxy on the way to the server: http://HOST:PORT (CONNECT) or socks5://HOST:PORT, with "
        u"USER:PASSWORD@ in "
        "front of HOST if it asks for them; the variables http_proxy and all_proxy are not read"_s,
        u"URL"_s);
    line.add(u"proxy-password-file"_s, u"File whose first line is the password for --proxy-url"_s, u"FILE"_s);
    line.add(u"local-addr"_s, u"Address of the local service to expose, or unix:/PATH for a unix socket"_s,
        u"ADDR"_s, session.localHost);
    line.add(u"local-port"_s, u"Port of the local service to expose"_s, u"PORT"_s, number(session.localPort));
    addTlsOptions(line);
    line.add(u"email"_s, u"E-mail for authentication (skips the question)"_s, u"EMAIL"_s);
    line.add(u"password"_s,
        u"Password for authentication (skips the question; other users of this machine can see it)"_s,
        u"PASSWORD"_s);
    line.add(u"password-file"_s, u"File or pipe whose first line is the password"_s, u"FILE"_s);
    line.add(u"token-file"_s, u"File that keeps the login"_s, u"FILE"_s, config.tokenFile);
    line.add(u"heartbeat-interval"_s, u"Seconds between heartbeats"_s, u"SECONDS"_s,
        number(session.heartbeatIntervalMs / 1000));
    line.add(u"pool-min"_s, u"Connections to the server always kept ready for visitors"_s, u"N"_s,
        number(session.pool.min));
    line.add(u"pool-max"_s, u"Connections kept ready at most, after a burst; 0 means none in advance"_s,
        u"N"_s, number(session.pool.max));
    line.add(u"proxy-protocol"_s,
        u"Send the local service a PROXY header with the visitor's address before the data: none, v1 or v2"_s,
        u"VERSION"_s, u"none"_s);
    line.setValues(u"proxy-protocol"_s, proxyproto::versionNames());
    addHealthOptions(line);
    line.add(u"tunnel"_s,
        u"Open a port of the server for a local service; "
        u"NAME,"_s
            + tunnelOptionKeys().join(u","_s) + u". Only local is needed. May be given several times"_s,
        u"TUNNEL"_s);
    line.add(u"only-tunnels"_s, u"Serve the tunnels only, and not the server's public port"_s);
    line.add(u"weight"_s, u"Share of the visitors beside the other clients, 1 to 1000"_s, u"N"_s,
        number(session.weight));
    line.add(u"drain-timeout"_s,
        u"Seconds that open connections get to end when frpc is stopped; 0 cuts them at once"_s, u"SECONDS"_s,
        number(config.drainTimeoutS));
    line.add(u"relay-threads"_s, u"Threads that carry the visitors' bytes; 0 means one per core"_s, u"N"_s,
        u"0"_s);
    line.add(u"log-level"_s, u"debug, info, warning or critical"_s, u"LEVEL"_s, u"info"_s);
    line.setValues(u"log-level"_s, logLevelNames());
    for (const CommandHelp &command : commands())
        line.setPositional(command.syntax(), command.help + u'.');
}

/// The commands.
void readPositional(CommandLine &line, ClientConfig &config)
{
    const QStringList words = line.positional();
    if (words.isEmpty())
        return;
    if (words == QStringList{u"reload"_s}) {
        config.task = ClientConfig::Task::Reload;
    } else if (words.first() == "services"_L1 && words.size() <= 2) {
        config.task = ClientConfig::Task::Services;
        config.prefix = words.value(1);
    } else if (words.first() == "ports"_L1 && words.size() == 1) {
        config.task = ClientConfig::Task::Ports;
    } else if (words.first() == "trust"_L1 && words.size() <= 2) {
        config.task = ClientConfig::Task::Trust;
        config.trusted = Fingerprint::parse(words.value(1));
        if (words.size() == 2 && !config.trusted)
            line.fail(
                u"frpc trust takes a fingerprint such as SHA256:AB:CD:…, as frps fingerprint prints it."_s);
    } else {
        line.fail(u"\"%1\" is not an option of frpc; see frpc --help."_s.arg(words.join(u' ')));
    }
    if (config.task == ClientConfig::Task::Reload && config.configFile.isEmpty())
        line.fail(u"frpc reload needs the --config of the frpc that is to read it again."_s);
}

} // namespace

Result<ClientConfig> parseClientArguments(
    const QStringList &arguments, const QProcessEnvironment &environment, InputFiles *files)
{
    ClientConfig config;
    SessionSettings &session = config.session;
    CommandLine line(aboutText(), environment, files);
    addOptions(line);
    if (const Result<void> parsed = line.parse(arguments); !parsed)
        return parsed.error();
    config.text = line.requestedText(u"frpc"_s);
    if (config.text)
        return config;
    readShortOption(line);
    config.configFile = line.text(u"config"_s);
    readPositional(line, config);
    if (config.task == ClientConfig::Task::Reload) { // the running frpc reads and checks the file
        if (line.error())
            return *line.error();
        return config;
    }
    const ConfigNode file = loadConfig(clientSchema(), line);
    config.tunnels = readTunnels(file, line.report());

    session.clientId = line.isSet(u"client-id"_s) ? line.text(u"client-id"_s) : defaultClientId();
    if (const Result<void> valid = checkClientId(session.clientId); !valid)
        line.fail(u"--client-id: "_s + valid.error().detail);
    session.serverHost = readHost(line, u"server-addr"_s, net::parseHost, u"--control-port", u"serverPort");
    session.controlPort = line.port(u"control-port"_s, 1);
    session.proxyPort = line.port(u"proxy-port"_s, 1);
    session.localHost = readHost(line, u"local-addr"_s, net::parseService, u"--local-port", u"localPort");
    session.localPort = readLocalPort(line, net::isUnixSocket(session.localHost));
    session.tls = readTlsOptions(line, config.notes);
    session.proxy = readProxyOptions(line, config.notes);
    if (config.task == ClientConfig::Task::Trust && !session.tls.remembers())
        line.fail(
            u"frpc trust does not go with --tls-fingerprint and --tls-ca, which say what is trusted."_s);
    if (config.task == ClientConfig::Task::Trust
        && !usesTls(session.tls, session.serverHost, session.proxy.has_value()))
        line.fail(u"The link to this server is not encrypted, so there is nothing to trust; see --tls."_s);
    session.heartbeatIntervalMs = line.number(u"heartbeat-interval"_s, 1, proto::maxHeartbeatS) * 1000;
    session.pool.max = line.number(u"pool-max"_s, 0, proto::maxPooledPerClient);
    session.pool.min = std::min(line.number(u"pool-min"_s, 0, proto::maxPooledPerClient), session.pool.max);
    if (const auto version = proxyproto::versionFromName(line.text(u"proxy-protocol"_s)))
        session.proxyProtocol = *version;
    else
        line.fail(u"--proxy-protocol takes none, v1 or v2."_s);
    session.weight = line.number(u"weight"_s, 1, proto::maxWeight);
    config.drainTimeoutS = line.number(u"drain-timeout"_s, 0, 24 * 3600);
    session.relayThreads = line.number(u"relay-threads"_s, 0, 256);
    session.health = readHealthOptions(line);
    config.logLevel = line.logLevel(u"log-level"_s);
    config.email = line.text(u"email"_s);
    config.password = readPassword(line, config.notes);
    if (line.isSet(u"email"_s) != (line.isSet(u"password"_s) || line.isSet(u"password-file"_s)))
        line.fail(u"--email and --password (or --password-file) go together."_s);
    if (line.source(u"password"_s) == CommandLine::Source::File
        && (QFileInfo(config.configFile).permissions() & (QFile::ReadGroup | QFile::ReadOther)))
        config.notes << u"Other users of this machine can read %1, which holds a password."_s.arg(
            config.configFile);
    config.tokenFile = line.text(u"token-file"_s);
    if (config.tokenFile.isEmpty())
        line.fail(u"--token-file takes a file name."_s);
    if (session.tls.knownServersFile.isEmpty())
        session.tls.knownServersFile = QFileInfo(config.tokenFile).dir().filePath(u"known_servers"_s);
    const bool fileHasTunnels = !config.tunnels.empty();
    readTunnelOptions(line, config);
    config.session.wantsVisitorAddresses =
        std::any_of(config.tunnels.begin(), config.tunnels.end(), [](const TunnelSpec &each) {
            return !each.proxyProtocol.isEmpty() && each.proxyProtocol != u"none";
        });
    // A file of frp with proxies only: the default port and service are not asked for.
    if (fileHasTunnels && line.source(u"only-tunnels"_s) == CommandLine::Source::Default
        && line.source(u"local-port"_s) == CommandLine::Source::Default
        && line.source(u"local-addr"_s) == CommandLine::Source::Default)
        session.onlyTunnels = true;
    if (line.error())
        return *line.error();
    config.notes += line.report().notes();
    config.settings = line.settings();
    config.text = checkedText(line);
    return config;
}

ProgramHelp clientHelp()
{
    CommandLine line(aboutText());
    addOptions(line);
    ProgramHelp help = describe(u"frpc"_s, line, clientSchema());
    help.commands = commands();
    help.tables = {{u"proxies"_s,
        u"A tunnel of its own, as many as you like: a port of the server that leads to a service here"_s,
        tunnelKeys()}};
    return help;
}

QList<OptionSpelling> clientSpellings()
{
    CommandLine line({});
    addOptions(line);
    return spellings(line, clientSchema());
}

} // namespace frpx::client
