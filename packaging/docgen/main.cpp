// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

// Generates the manual pages and the shell completions from the option tables of the programs.
//
//   frpx-docgen SOURCE TARGET
//
// SOURCE is packaging/ in the source tree (man/ and etc/ are read), TARGET the directory to write to.

#include "frpc-gui/guioptions.h"
#include "frpc/config/clientconfig.h"
#include "frps/app/serverconfig.h"
#include "packaging/docgen/completion.h"
#include "packaging/docgen/manpage.h"

#include <QCoreApplication>
#include <QDir>
#include <QSaveFile>
#include <QTextStream>

using namespace frpx;
using namespace frpx::docgen;
using namespace Qt::StringLiterals;

namespace {

bool complain(const QString &sentence)
{
    QTextStream(stderr) << "frpx-docgen: " << sentence << '\n';
    return false;
}

bool read(const QString &path, QString &text)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return complain(u"cannot read %1: %2"_s.arg(path, file.errorString()));
    text = QString::fromUtf8(file.readAll());
    return true;
}

bool write(const QString &path, const QString &text)
{
    if (!QDir().mkpath(QFileInfo(path).path()))
        return complain(u"cannot make the directory of %1"_s.arg(path));
    QSaveFile file(path);
    const QByteArray utf8 = text.toUtf8();
    if (!file.open(QIODevice::WriteOnly) || file.write(utf8) != utf8.size() || !file.commit())
        return complain(u"cannot write %1: %2"_s.arg(path, file.errorString()));
    return true;
}

/// Writes the manual page and the completions of a program; \a summary is for `apropos`.
bool generate(const ProgramHelp &help, const QString &summary, const QString &source, const QString &target)
{
    QString more;
    const QString name = help.program;
    return read(source + u"/man/%1.roff"_s.arg(name), more)
        && write(target + u"/man/man1/%1.1"_s.arg(name), programPage(help, summary, more))
        && write(target + u"/bash-completion/completions/"_s + name, bashCompletion(help))
        && write(target + u"/zsh/vendor-completions/_"_s + name, zshCompletion(help))
        && write(target + u"/fish/vendor_completions.d/%1.fish"_s.arg(name), fishCompletion(help));
}

/// The manual page of the program's configuration file.
bool generateFilePage(const ProgramHelp &help, const QString &source, const QString &target)
{
    QString example;
    return read(source + u"/etc/%1.toml"_s.arg(help.program), example)
        && write(target + u"/man/man5/%1.toml.5"_s.arg(help.program), filePage(help, example));
}

/// Removes the builder's environment, so that the defaults are those of any machine.
void forgetTheBuilder()
{
    for (const char *variable : {"STATE_DIRECTORY", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"})
        qunsetenv(variable);
    qputenv("HOME", "/home/user");
}

} // namespace

int main(int argc, char *argv[])
{
    forgetTheBuilder();
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() != 3)
        return complain(u"takes the source and the target directory"_s) ? 0 : 2;
    const QString source = arguments.at(1);
    const QString target = arguments.at(2);
    const ProgramHelp server = server::serverHelp();
    const ProgramHelp client = client::clientHelp();
    const ProgramHelp gui = gui::guiHelp();
    const bool done =
        generate(server, u"public side of a reverse proxy with load balancing"_s, source, target)
        && generate(client, u"exposes a local service through an frpx server"_s, source, target)
        && generate(gui, u"exposes local services through frpx servers, with a window"_s, source, target)
        && generateFilePage(server, source, target) && generateFilePage(client, source, target);
    return done ? 0 : 1;
}
