// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/reloadserver.h"
#include "common/core/logging.h"
#include "common/system/openfilelimit.h"
#include "common/system/signalwatcher.h"
#include "frpc-gui/guiapp.h"
#include "frpc-gui/platform/singleinstance.h"
#include "frpc-gui/platform/translations.h"
#include "frpc-gui/screenshots.h"
#include "frpc-gui/view/icons.h"

#include <QApplication>
#include <QDir>
#include <QLocale>
#include <QTextStream>

using namespace frpx;
using namespace frpx::gui;
using namespace Qt::StringLiterals;

namespace {

constexpr int exitFailure = 1;
constexpr int exitUsage = 2;

void takeScreenshots(GuiApp &app, const QString &directory)
{
    auto *screenshots = new Screenshots(app, directory, &app);
    QObject::connect(screenshots, &Screenshots::finished, &app, [&app](const QStringList &faults) {
        for (const QString &file : faults)
            QTextStream(stderr) << "frpc-gui: cannot write " << file << '\n';
        QObject::connect(&app, &GuiApp::finished, &app,
            [code = faults.isEmpty() ? 0 : exitFailure] { QCoreApplication::exit(code); });
        app.quit();
    });
    QObject::connect(&app, &GuiApp::ready, screenshots, &Screenshots::start);
    app.start();
}

int run(const GuiOptions &options)
{
    SignalWatcher signalWatcher;
    GuiApp app(options);
    QObject::connect(&signalWatcher, &SignalWatcher::terminationRequested, &app, &GuiApp::quit);
    if (!options.screenshotDirectory.isEmpty()) {
        takeScreenshots(app, options.screenshotDirectory);
        return QApplication::exec();
    }
    QObject::connect(&app, &GuiApp::finished, &app, [] { QCoreApplication::quit(); });
    const Result<QString> path = reloadSocketPath(u"frpc-gui"_s, options.directory);
    if (!path)
        QDir().mkpath(options.directory);
    SingleInstance instance(path ? *path : options.directory + u"/gui.socket"_s);
    QObject::connect(&instance, &SingleInstance::becameFirst, &app, &GuiApp::start);
    QObject::connect(&instance, &SingleInstance::handedOver, &app, [] { QCoreApplication::quit(); });
    QObject::connect(&instance, &SingleInstance::failed, &app, [] {
        QTextStream(stderr) << "frpc-gui: another instance is running and does not answer.\n";
        QCoreApplication::exit(exitFailure);
    });
    QObject::connect(&instance, &SingleInstance::messageReceived, &app,
        [&app](const QByteArray &message) { app.onSecondStart(GuiOptions::fromMessage(message)); });
    instance.claim(options.toMessage());
    return QApplication::exec();
}

} // namespace

int main(int argc, char *argv[])
{
    setUpLogging();
    SignalWatcher::ignoreBrokenPipes();
    QApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    const QApplication application(argc, argv);
    QApplication::setApplicationName(u"frpc-gui"_s);
    QApplication::setApplicationVersion(QStringLiteral(FRPX_VERSION));
    QApplication::setApplicationDisplayName(u"frpc"_s);
    QApplication::setDesktopFileName(u"frpc-gui"_s);
    QApplication::setWindowIcon(applicationIcon());
    QApplication::setQuitOnLastWindowClosed(false);
    installTranslations(QLocale());
    if (const Result<OpenFileLimit> limit = raiseOpenFileLimit(); !limit)
        qCWarning(lcClient).noquote() << limit.error().detail;
    const Result<GuiOptions> options = parseGuiArguments(QCoreApplication::arguments());
    if (!options) {
        QTextStream(stderr) << "frpc-gui: " << options.error().detail << "\nTry frpc-gui --help.\n";
        return exitUsage;
    }
    if (options->text) {
        QTextStream(stdout) << *options->text;
        return 0;
    }
    return run(*options);
}
