// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/logging.h"
#include "common/system/locale.h"
#include "common/system/openfilelimit.h"
#include "common/system/signalwatcher.h"
#include "common/system/terminal.h"
#include "frpc/clientapp.h"

#ifdef Q_OS_LINUX
#include "common/net/epolldispatcher.h"
#endif

#include <QCoreApplication>
#include <QTextStream>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

namespace {

constexpr int exitFailure = 1;
constexpr int exitUsage = 2;

int run(const ClientConfig &config)
{
    if (const Result<OpenFileLimit> limit = raiseOpenFileLimit(); !limit)
        qCWarning(lcClient).noquote() << limit.error().detail;
    SignalWatcher signalWatcher;
    ClientApp app(config, promptLine, promptPassword);
    QObject::connect(
        &signalWatcher, &SignalWatcher::terminationRequested, &app, [&app, asked = false]() mutable {
            if (std::exchange(asked, true)) {
                qCInfo(lcClient) << "Asked to stop again: at once";
                app.stop();
                QCoreApplication::quit();
            } else {
                qCInfo(lcClient) << "Asked to stop";
                app.drain();
            }
        });
    QObject::connect(&app, &ClientApp::stopped, &app, [] { QCoreApplication::quit(); });
    QObject::connect(&app, &ClientApp::failed, &app, [](const Error &error) {
        qCCritical(lcClient).noquote() << error.detail;
        QCoreApplication::exit(exitFailure);
    });
    QMetaObject::invokeMethod(&app, &ClientApp::start, Qt::QueuedConnection);
    return QCoreApplication::exec();
}

} // namespace

int main(int argc, char *argv[])
{
    setUpLogging();
    useUtf8Locale();
    SignalWatcher::ignoreBrokenPipes();
#ifdef Q_OS_LINUX
    QCoreApplication::setEventDispatcher(new EpollDispatcher);
#endif
    const QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(u"frpc"_s);

    const Result<ClientConfig> config = parseClientArguments(QCoreApplication::arguments());
    if (!config) {
        QTextStream(stderr) << "frpc: " << config.error().detail << "\nTry frpc --help.\n";
        return exitUsage;
    }
    if (config->text) {
        QTextStream(stdout) << *config->text;
        return 0;
    }
    return run(*config);
}
