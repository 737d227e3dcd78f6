// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/inputfiles.h"
#include "common/config/reloadserver.h"
#include "common/core/logging.h"
#include "common/system/hardening.h"
#include "common/system/locale.h"
#include "common/system/openfilelimit.h"
#include "common/system/servicenotifier.h"
#include "common/system/signalwatcher.h"
#include "common/system/terminal.h"
#include "frpc/app/clientapp.h"
#include "frpc/cli/discoverycommand.h"
#include "frpc/cli/trustcommand.h"

#ifdef Q_OS_LINUX
#include "common/net/epolldispatcher.h"
#endif

#include <QCoreApplication>
#include <QFileInfo>
#include <QTextStream>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

namespace {

constexpr int exitFailure = 1;
constexpr int exitUsage = 2;
constexpr int exitUntrusted = 3;

int exitCode(const Error &error)
{
    const bool untrusted = error.code == Errc::UnknownServer || error.code == Errc::ServerChanged
        || error.code == Errc::BadCertificate;
    return untrusted ? exitUntrusted : exitFailure;
}

AskTrust askTrust()
{
    return stdinIsTerminal() ? trustPrompt(promptLine) : AskTrust();
}

int askToReload(const QString &configFile)
{
    const Result<QString> path = reloadSocketPath(u"frpc"_s, configFile);
    const Result<QString> answer = path ? requestReload(*path) : path;
    if (!answer && answer.error().code == Errc::Forbidden) { // applied, but the server refuses tunnels
        QTextStream(stdout) << answer.error().detail << '\n';
        return exitFailure;
    }
    if (!answer) {
        QTextStream(stderr) << "frpc reload: " << answer.error().detail << '\n';
        return exitFailure;
    }
    QTextStream(stdout) << *answer << '\n';
    return 0;
}

void reload(ClientApp &app, const QStringList &arguments, InputFiles &files, ServiceNotifier &service,
    const ReloadServer::Answer &answer)
{
    service.reloading();
    const Result<ClientConfig> next =
        parseClientArguments(arguments, QProcessEnvironment::systemEnvironment(), &files);
    if (!next) {
        qCWarning(lcClient).noquote() << "The configuration stays as it was:" << next.error().detail;
        service.ready(u"The configuration file has faults; the old settings stay"_s);
        return answer(next.error());
    }
    for (const QString &note : next->notes)
        qCWarning(lcClient).noquote() << note;
    app.apply(*next, [&service, answer](const Result<QString> &done) {
        const QString said = (done ? *done : done.error().detail).section(u'\n', 0, 0);
        qCInfo(lcClient).noquote() << "The configuration file is read again:" << said;
        service.ready(said); // the session has logged the refusals
        answer(done);
    });
}

int run(const ClientConfig &config, const QStringList &arguments, InputFiles &files)
{
    for (const QString &note : config.notes)
        qCWarning(lcClient).noquote() << note;
    if (const Result<OpenFileLimit> limit = raiseOpenFileLimit(); !limit)
        qCWarning(lcClient).noquote() << limit.error().detail;
    const bool hasFile = !config.configFile.isEmpty();
    SignalWatcher signalWatcher(hasFile ? SignalWatcher::HangUp::Reload : SignalWatcher::HangUp::Leave);
    ClientApp app(config, promptLine, promptPassword);
    app.setAskTrust(askTrust());
    ServiceNotifier service;
    QObject::connect(&signalWatcher, &SignalWatcher::terminationRequested, &app,
        [&app, &service, asked = false]() mutable {
            if (std::exchange(asked, true)) {
                qCInfo(lcClient) << "Asked to stop again: stops at once";
                app.stop();
                QCoreApplication::quit();
            } else {
                qCInfo(lcClient) << "Asked to stop";
                service.stopping(u"Takes no more visitors; open connections may end"_s);
                app.drain();
            }
        });
    QObject::connect(
        &signalWatcher, &SignalWatcher::reloadRequested, &app, [&app, &arguments, &files, &service] {
            reload(app, arguments, files, service, [](const Result<QString> &) {});
        });
    ReloadServer reloadServer([&app, &arguments, &files, &service](const ReloadServer::Answer &answer) {
        reload(app, arguments, files, service, answer);
    });
    if (QFileInfo(config.configFile).isFile()) { // a pipe cannot be read again
        const Result<QString> path = reloadSocketPath(u"frpc"_s, config.configFile);
        if (const Result<void> done = path ? reloadServer.listen(*path) : path.error(); !done)
            qCWarning(lcClient).noquote() << "frpc reload will not work; SIGHUP does:" << done.error().detail;
    }
    QObject::connect(&app, &ClientApp::stopped, &app, [] { QCoreApplication::quit(); });
    QObject::connect(&app, &ClientApp::failed, &app, [](const Error &error) {
        qCCritical(lcClient).noquote() << error.detail;
        QCoreApplication::exit(exitCode(error));
    });
    QMetaObject::invokeMethod(&app, &ClientApp::start, Qt::QueuedConnection);
    // READY at once: the client waits for a server that is down, and a restart would not help.
    QMetaObject::invokeMethod(
        &service, [&service] { service.ready(u"Running"_s); }, Qt::QueuedConnection);
    return QCoreApplication::exec();
}

/// Runs \a command until it emits an answer or a failure.
template <typename Command>
int ask(Command &command)
{
    QObject::connect(&command, &Command::answered, qApp, [](const QString &text) {
        QTextStream(stdout) << text;
        QCoreApplication::quit();
    });
    QObject::connect(&command, &Command::failed, qApp, [](const Error &error) {
        QTextStream(stderr) << "frpc: " << error.detail << '\n';
        QCoreApplication::exit(exitCode(error));
    });
    QMetaObject::invokeMethod(&command, &Command::start, Qt::QueuedConnection);
    return QCoreApplication::exec();
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
    QCoreApplication::setApplicationName(u"frpc"_s);

    // Kept for the next reading of the file, before the password is hidden in the process list.
    const QStringList arguments = QCoreApplication::arguments();
    hideArgument(argc, argv, "--password");
    InputFiles files;
    const Result<ClientConfig> config =
        parseClientArguments(arguments, QProcessEnvironment::systemEnvironment(), &files);
    files.setStarted();
    if (!config) {
        const bool ofFile = config.error().code == Errc::BadConfig;
        QTextStream(stderr) << (ofFile ? "" : "frpc: ") << config.error().detail
                            << (ofFile ? "\n" : "\nTry frpc --help.\n");
        return ofFile ? exitFailure : exitUsage;
    }
    if (config->text) {
        QTextStream(stdout) << *config->text;
        return 0;
    }
    setLogLevel(config->logLevel);
    switch (config->task) {
    case ClientConfig::Task::Reload:
        return askToReload(config->configFile);
    case ClientConfig::Task::Services:
    case ClientConfig::Task::Ports: {
        DiscoveryCommand command(*config, askTrust());
        return ask(command);
    }
    case ClientConfig::Task::Trust: {
        TrustCommand command(*config, askTrust());
        return ask(command);
    }
    case ClientConfig::Task::Run:
        break;
    }
    return run(*config, arguments, files);
}
