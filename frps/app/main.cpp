// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/inputfiles.h"
#include "common/config/reloadserver.h"
#include "common/core/logging.h"
#include "common/system/hardening.h"
#include "common/system/locale.h"
#include "common/system/openfilelimit.h"
#include "common/system/privatedirectory.h"
#include "common/system/privileges.h"
#include "common/system/servicenotifier.h"
#include "common/system/signalwatcher.h"
#include "common/system/terminal.h"
#include "frps/app/serverapp.h"
#include "frps/cli/monitorcommand.h"
#include "frps/cli/portkeepercommand.h"
#include "frps/cli/tokencommand.h"
#include "frps/cli/usercommand.h"
#include "frps/tls/servertls.h"

#ifdef Q_OS_LINUX
#include "common/net/epolldispatcher.h"
#endif

#include <QCoreApplication>
#include <QFileInfo>
#include <QTextStream>
#include <QUrl>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

constexpr int exitFailure = 1;
constexpr int exitUsage = 2;

/// Root must not act with its own rights in a data directory of another account: new files belong to that
/// account, and links in it cannot lead to files of root.
bool enterDataDirectory(const ServerConfig &config, QTextStream &err)
{
    if (const Result<void> done = actAsOwnerOf(config.dataDir); !done) {
        err << "frps: " << done.error().detail << '\n';
        return false;
    }
    return true;
}

int manageUsers(const ServerConfig &config)
{
    QTextStream out(stdout);
    QTextStream err(stderr);
    if (!enterDataDirectory(config, err))
        return exitFailure;
    return runUserCommand(config.userArguments, config.accountOptions, config.database,
        {stdinIsTerminal, promptPassword, readInputLine, out, err});
}

int manageTokens(const ServerConfig &config)
{
    QTextStream out(stdout);
    QTextStream err(stderr);
    if (!enterDataDirectory(config, err))
        return exitFailure;
    return runTokenCommand(config.userArguments, config.accountOptions, config.database, out, err);
}

/// The token for the API, from the file or the environment; empty if there is none.
Result<QString> apiToken(const ServerConfig &config)
{
    constexpr qsizetype maxTokenFile = 4096;
    if (config.apiTokenFile.isEmpty())
        return qEnvironmentVariable("FRPX_API_TOKEN").trimmed();
    const Result<PrivateFileContent> file = InputFiles().readExisting(config.apiTokenFile, maxTokenFile);
    if (!file)
        return file.error();
    if (file->readableByOthers)
        qCWarning(lcServer).noquote()
            << "Other accounts of this system can read" << config.apiTokenFile << "which holds a token.";
    return firstLineOf(file->bytes).trimmed();
}

int monitor(const ServerConfig &config)
{
    const Result<QString> token = apiToken(config);
    if (!token) {
        QTextStream(stderr) << "frps: " << token.error().detail << '\n';
        return exitFailure;
    }
    QUrl url;
    url.setScheme(config.tls.api ? u"https"_s : u"http"_s);
    // A server that listens on every address is reached at the loopback address.
    const bool everywhere = config.apiListen == QHostAddress(QHostAddress::Any)
        || config.apiListen == QHostAddress(QHostAddress::AnyIPv4)
        || config.apiListen == QHostAddress(QHostAddress::AnyIPv6);
    url.setHost(everywhere ? u"127.0.0.1"_s : config.apiListen.toString());
    url.setPort(config.apiPort);
    MonitorCommand::Options options;
    options.token = *token;
    options.watch = config.watch;
    options.clearScreen = config.watch && MonitorCommand::standardOutputIsTerminal();
    if (config.tls.api) {
        const Result<CheckedIdentity> identity =
            loadApiIdentity(config.tls, config.dataDir, QDateTime::currentDateTimeUtc());
        if (!identity) {
            QTextStream(stderr) << "frps: cannot read the certificate of the API: " << identity.error().detail
                                << '\n';
            return exitFailure;
        }
        options.certificate = identity->fingerprint;
    }
    MonitorCommand command(url, options);
    QObject::connect(
        &command, &MonitorCommand::finished, qApp, [](int code) { QCoreApplication::exit(code); });
    command.start();
    return QCoreApplication::exec();
}

int printFingerprint(const ServerConfig &config)
{
    const Result<CheckedIdentity> identity =
        loadServerIdentity(config.tls, config.dataDir, QDateTime::currentDateTimeUtc());
    if (!identity) {
        QTextStream(stderr) << "frps fingerprint: " << identity.error().detail
                            << (identity.error().code == Errc::NotFound ? " frps makes it when it starts.\n"
                                                                        : "\n");
        return exitFailure;
    }
    QTextStream(stdout) << identity->fingerprint.toString() << '\n';
    return 0;
}

int askToReload(const QString &configFile)
{
    const Result<QString> path = reloadSocketPath(u"frps"_s, configFile);
    const Result<QString> answer = path ? requestReload(*path) : path;
    if (!answer) {
        QTextStream(stderr) << "frps reload: " << answer.error().detail << '\n';
        return exitFailure;
    }
    QTextStream(stdout) << *answer << '\n';
    return 0;
}

Result<QString> reload(ServerApp &app, InputFiles &files)
{
    const Result<ServerConfig> next =
        parseServerArguments(QCoreApplication::arguments(), QProcessEnvironment::systemEnvironment(), &files);
    if (!next) {
        qCWarning(lcServer).noquote() << "The configuration stays as it was:" << next.error().detail;
        return next.error();
    }
    for (const QString &note : next->notes)
        qCWarning(lcServer).noquote() << note;
    const QString done = app.apply(*next);
    qCInfo(lcServer).noquote() << "The configuration file is read again:" << done;
    return done;
}

/// From now on root is needed only for ports below 1024 and for files that the configuration names. The data
/// directory is used with the rights of \a user, the account of --user, which may have put links into it.
Result<void> lowerPrivileges(const SystemUser &user, const ServerConfig &config)
{
    if (const Result<void> given = giveDirectoryTo(config.dataDir, user); !given)
        return given.error();
    if (const Result<void> done = actAsUser(user); !done)
        return done.error();
    keepMemoryPrivate(); // the system resets it with the change
    if (const Result<void> made = preparePrivateDirectory(config.dataDir); !made)
        return made.error();
    if (!canUseDirectory(config.dataDir))
        return Error{Errc::Io,
            u"The account %1 cannot use the data directory %2, or cannot reach it."_s.arg(
                config.runAs, config.dataDir)};
    return {};
}

/// The ports are open, so root is needed no longer. \a user is the account of --user.
Result<void> dropPrivileges(const SystemUser &user, const ServerConfig &config)
{
    if (const Result<void> done = becomeUser(user); !done)
        return done.error();
    keepMemoryPrivate(); // the system resets it with the change
    qCInfo(lcServer).noquote() << "Running as" << config.runAs;
    return {};
}

int serve(ServerConfig config, InputFiles &files)
{
    std::optional<SystemUser> user;
    if (!config.runAs.isEmpty()) {
        const Result<SystemUser> found = findSystemUser(config.runAs);
        if (!found || !isPrivileged()) {
            qCCritical(lcServer).noquote()
                << (found ? u"--user needs a start as root."_s : found.error().detail);
            return exitFailure;
        }
        user = *found;
    } else if (isPrivileged()) {
        qCWarning(lcServer) << "Running as root; frps needs that only at the start: see --user";
    }
    for (const QString &note : config.notes)
        qCWarning(lcServer).noquote() << note;
    if (const Result<OpenFileLimit> limit = raiseOpenFileLimit()) {
        qCInfo(lcServer) << "Up to" << limit->now << "files and sockets may be open at once";
        config.openFileLimit = limit->now;
    } else {
        qCWarning(lcServer).noquote() << limit.error().detail;
    }

    forbidNewPrivileges();
    const bool hasFile = !config.configFile.isEmpty();
    SignalWatcher signalWatcher(hasFile ? SignalWatcher::HangUp::Reload : SignalWatcher::HangUp::Leave);
    ServerApp app(config);
    ServiceNotifier service;
    QObject::connect(&signalWatcher, &SignalWatcher::terminationRequested, &app,
        [&app, &service, asked = false]() mutable {
            if (std::exchange(asked, true)) {
                qCInfo(lcServer) << "Asked to stop again: at once";
                QCoreApplication::quit();
            } else {
                qCInfo(lcServer) << "Asked to stop";
                service.stopping(u"Accepts no more visitors; open connections may end"_s);
                app.drain();
            }
        });
    const auto reloadNoted = [&app, &files, &service] {
        service.reloading();
        const Result<QString> done = reload(app, files);
        service.ready(done ? *done : u"The configuration file has faults; the old settings stay"_s);
        return done;
    };
    QObject::connect(
        &signalWatcher, &SignalWatcher::reloadRequested, &app, [reloadNoted] { (void)reloadNoted(); });
    ReloadServer reloadServer(reloadNoted);
    if (QFileInfo(config.configFile).isFile()) { // a pipe cannot be read again
        const Result<QString> path = reloadSocketPath(u"frps"_s, config.configFile);
        if (const Result<void> done = path ? reloadServer.listen(*path) : path.error(); !done)
            qCWarning(lcServer).noquote() << "frps reload will not work; SIGHUP does:" << done.error().detail;
    }
    if (user) {
        if (const Result<void> lowered = lowerPrivileges(*user, config); !lowered) {
            qCCritical(lcServer).noquote() << lowered.error().detail;
            return exitFailure;
        }
        QObject::connect(&app, &ServerApp::ready, qApp, [user = *user, &config] {
            if (const Result<void> dropped = dropPrivileges(user, config); !dropped) {
                qCCritical(lcServer).noquote() << dropped.error().detail;
                std::_Exit(exitFailure); // at once: the rights of the process are unknown
            }
        });
    }
    QObject::connect(&app, &ServerApp::ready, &service, [&service] { service.ready(u"Serving"_s); });
    QObject::connect(&app, &ServerApp::drained, qApp, &QCoreApplication::quit);
    QObject::connect(&app, &ServerApp::failed, qApp, [](const Error &error) {
        qCCritical(lcServer).noquote() << error.detail;
        QCoreApplication::exit(exitFailure);
    });
    app.start();
    const int code = QCoreApplication::exec();
    qCInfo(lcServer) << "Stopped";
    return code;
}

} // namespace

int main(int argc, char *argv[])
{
    keepMemoryPrivate();
    setUpLogging();
    useUtf8Locale();
    SignalWatcher::ignoreBrokenPipes();
#ifdef Q_OS_LINUX
    QCoreApplication::setEventDispatcher(new EpollDispatcher);
#endif
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"frps"_s);

    // A separate program, with its own options.
    if (QCoreApplication::arguments().value(1) == "port-keeper"_L1)
        return runPortKeeper(QCoreApplication::arguments());

    InputFiles files;
    const Result<ServerConfig> config =
        parseServerArguments(QCoreApplication::arguments(), QProcessEnvironment::systemEnvironment(), &files);
    files.setStarted();
    if (!config) {
        const bool ofFile = config.error().code == Errc::BadConfig;
        QTextStream(stderr) << (ofFile ? "" : "frps: ") << config.error().detail
                            << (ofFile ? "\n" : "\nTry frps --help.\n");
        return ofFile ? exitFailure : exitUsage;
    }
    setLogLevel(config->logLevel);
    switch (config->task) {
    case ServerConfig::Task::PrintAndExit:
        QTextStream(stdout) << config->text;
        return 0;
    case ServerConfig::Task::User:
        return manageUsers(*config);
    case ServerConfig::Task::Token:
        return manageTokens(*config);
    case ServerConfig::Task::Monitor:
        return monitor(*config);
    case ServerConfig::Task::Fingerprint:
        return printFingerprint(*config);
    case ServerConfig::Task::Reload:
        return askToReload(config->configFile);
    case ServerConfig::Task::Serve:
        return serve(*config, files);
    }
    return exitFailure;
}
