// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/config/reloadserver.h"
#include "common/core/logging.h"
#include "common/system/openfilelimit.h"
#include "common/system/signalwatcher.h"
#include "frpc-gui/guiapp.h"
#include "frpc-gui/platform/singleinstance.h"
#include "frpc-gui/platform/translations.h"
#include "frpc-gui/view/icons.h"
#include "frpc-gui/view/screenshots.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QLocale>
#include <QStandardPaths>
#include <QTextStream>

using namespace frpx;
using namespace frpx::gui;
using namespace Qt::StringLiterals;

namespace {

constexpr int exitFailure = 1;

GuiOptions readOptions()
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"frpc-gui: connects local services to frpx servers, with windows and an icon in the system tray."_s);
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOptions({
        {u"minimized"_s, u"Start in the system tray, without a window"_s},
        {u"profile"_s, u"Show the server of that name, and connect to it"_s, u"NAME"_s},
        {u"screenshot"_s, u"Render each page as a PNG file into DIR, and exit"_s, u"DIR"_s},
    });
    parser.addPositionalArgument(u"FILE"_s, u"Configuration files of frpc or frp to import"_s, u"[FILE…]"_s);
    parser.process(*QCoreApplication::instance());
    GuiOptions options;
    options.directory = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) + u"/frpx"_s;
    options.minimized = parser.isSet(u"minimized"_s);
    options.profile = parser.value(u"profile"_s);
    options.screenshotDirectory = parser.value(u"screenshot"_s);
    const QStringList files = parser.positionalArguments();
    for (const QString &file : files)
        options.files << QFileInfo(file).absoluteFilePath(); // a first instance has another directory
    return options;
}

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
        QTextStream(stderr) << "frpc-gui: another one is running and does not answer.\n";
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
    return run(readOptions());
}
