// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/cli/portkeepercommand.h"

#include "common/config/commandline.h"
#include "common/config/inputfiles.h"
#include "common/core/logging.h"
#include "common/net/hostaddress.h"
#include "common/system/openfilelimit.h"
#include "common/system/servicenotifier.h"
#include "common/system/signalwatcher.h"
#include "frps/api/apiserver.h"
#include "frps/ports/frpportsfile.h"
#include "frps/ports/leaseimport.h"
#include "frps/ports/portkeeper.h"
#include "frps/ports/portroutes.h"
#include "frps/store/database.h"
#include "frps/store/databaseoptions.h"

#include <QCoreApplication>
#include <QDir>
#include <QTextStream>

#include <tuple>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

constexpr int exitOk = 0;
constexpr int exitFailure = 1;
constexpr int exitUsage = 2;
constexpr qsizetype maxImportSize = qsizetype(64) * 1024 * 1024;

Result<PortRanges> readAllowed(const CommandLine &line)
{
    if (line.isSet(u"frps-config"_s) == line.isSet(u"allow-ports"_s))
        return Error{Errc::InvalidArgument, u"Name the ports: use either --allow-ports or --frps-config."_s};
    if (line.isSet(u"frps-config"_s))
        return allowPortsFromFile(line.text(u"frps-config"_s));
    Result<PortRanges> ranges = PortRanges::parse(line.text(u"allow-ports"_s));
    if (!ranges)
        return Error{Errc::InvalidArgument, u"--allow-ports: "_s + ranges.error().detail};
    if (ranges->isEmpty())
        return Error{Errc::InvalidArgument, u"--allow-ports takes ports such as 6000-7000,8000."_s};
    return ranges;
}

Result<LeaseImport> import(const PortKeeperConfig &config)
{
    const Result<PrivateFileContent> json = InputFiles().readExisting(config.importFile, maxImportSize);
    if (!json)
        return json.error();
    const auto database = Database::open(config.database);
    if (!database)
        return database.error();
    LeaseStore store(**database);
    return importPortKeeperJson(json->bytes, store);
}

int serve(const PortKeeperConfig &config)
{
    if (const Result<OpenFileLimit> limit = raiseOpenFileLimit(); !limit)
        qCWarning(lcServer).noquote() << limit.error().detail;
    SignalWatcher signalWatcher;
    PortKeeper keeper({.allowed = config.allowed});
    PortRoutes routes(keeper);
    ApiServer http{HttpLimits()};
    ServiceNotifier service;
    http.addService(routes);
    // On a loopback address a foreign name means DNS rebinding; elsewhere any name may be the server's own.
    http.setGate(ApiGate({.checksHost = config.address.isLoopback()}));
    const auto fail = [](const Error &error) {
        qCCritical(lcServer).noquote() << error.detail;
        QCoreApplication::exit(exitFailure);
    };
    QObject::connect(&signalWatcher, &SignalWatcher::terminationRequested, qApp, &QCoreApplication::quit);
    QObject::connect(&keeper, &PortKeeper::failed, qApp, fail);
    QObject::connect(
        &keeper, &PortKeeper::ready, &http, [&http, &config, &service, fail] {
            const Result<quint16> port = http.listen(config.address, config.port);
            if (!port)
                return fail(port.error());
            qCInfo(lcServer).noquote()
                << u"Port keeper listening on %1 port %2"_s.arg(config.address.toString()).arg(*port);
            service.ready(u"Assigning ports"_s);
        });
    keeper.start(config.database);
    const int code = QCoreApplication::exec();
    qCInfo(lcServer) << "Stopped";
    return code;
}

void addOptions(CommandLine &line)
{
    line.add(
        u"listen"_s, u"Address for the frp server; it has no login"_s, u"ADDR:PORT"_s, u"127.0.0.1:8080"_s);
    line.add(u"allow-ports"_s, u"The ports to assign: a list such as 6000-7000,8000"_s, u"RANGES"_s);
    line.add(u"frps-config"_s,
        u"Read the ports from allowPorts in the frp server's configuration (.toml, .yaml or .ini)"_s,
        u"FILE"_s);
    line.add(u"db"_s,
        u"The database of the leases, created if missing; or the postgresql:// address of one"_s, u"FILE"_s,
        QDir(defaultDataDir()).filePath(u"port-keeper.db"_s));
    line.add(u"import"_s, u"Import the db.json of frp-port-keeper into the database, and exit"_s, u"FILE"_s);
    line.add(u"log-level"_s, u"debug, info, warning or critical"_s, u"LEVEL"_s, u"info"_s);
    line.setValues(u"log-level"_s, logLevelNames());
}

} // namespace

CommandHelp portKeeperCommand()
{
    CommandLine line({});
    addOptions(line);
    return {u"port-keeper"_s, {},
        u"Only assign ports to the proxies of a frp server; see frps port-keeper --help"_s, line.options()};
}

Result<PortKeeperConfig> parsePortKeeperArguments(const QStringList &arguments)
{
    CommandLine line(u"frps port-keeper: assigns every proxy of a frp server its own port, always the same "
                     "one. The frp server calls it by [[httpPlugins]] with addr = \"127.0.0.1:8080\", "
                     "path = \"/port-registrations\", ops = [\"NewProxy\"]."_s);
    addOptions(line);
    if (const Result<void> parsed = line.parse(arguments); !parsed)
        return parsed.error();

    PortKeeperConfig config;
    config.text = line.requestedText(u"frps"_s);
    if (config.text)
        return config;
    if (const auto endpoint = net::parseListenEndpoint(line.text(u"listen"_s)))
        std::tie(config.address, config.port) = *endpoint;
    else
        line.fail(u"--listen %1."_s.arg(endpoint.error().detail));
    const QString database = line.text(u"db"_s);
    if (database.isEmpty())
        line.fail(u"--db takes a file."_s);
    config.database = database;
    if (database.contains("://"_L1)) {
        if (Result<DatabaseTarget> target = databaseUrl(line, u"db"_s, database))
            config.database = *std::move(target);
        else
            line.fail(target.error().detail);
    }
    config.importFile = line.text(u"import"_s);
    (void)line.logLevel(u"log-level"_s);
    const QStringList rest = line.positional();
    if (rest.size() > 1)
        line.fail(u"frps port-keeper does not know \"%1\"."_s.arg(logSafe(rest.at(1))));
    if (line.error())
        return *line.error();
    if (line.isSet(u"import"_s))
        return config;
    Result<PortRanges> allowed = readAllowed(line);
    if (!allowed)
        return allowed.error();
    config.allowed = *std::move(allowed);
    return config;
}

int runPortKeeper(const QStringList &arguments)
{
    QTextStream out(stdout);
    QTextStream err(stderr);
    const Result<PortKeeperConfig> config = parsePortKeeperArguments(arguments);
    if (!config) {
        err << "frps port-keeper: " << config.error().detail << "\nTry frps port-keeper --help.\n";
        return exitUsage;
    }
    if (config->text) {
        out << *config->text;
        return exitOk;
    }
    if (config->importFile.isEmpty())
        return serve(*config);
    const Result<LeaseImport> imported = import(*config);
    if (!imported) {
        err << "frps port-keeper: " << imported.error().detail << '\n';
        return exitFailure;
    }
    out << u"Imported %1 proxies; %2 had their port already.\n"_s.arg(imported->added).arg(imported->known);
    return exitOk;
}

} // namespace frpx::server
