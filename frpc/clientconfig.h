// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/clientsession.h"
#include "frpc/tunnelspec.h"

#include <QHash>
#include <QProcessEnvironment>
#include <QStringList>

#include <vector>

namespace frpx {
class InputFiles;
struct OptionSpelling;
struct ProgramHelp;
} // namespace frpx

namespace frpx::client {

/// Everything frpc can be told, with the defaults.
struct ClientConfig
{
    enum class Task {
        Run,
        Services, ///< print the open tunnels of the server
        Ports, ///< print its free ports
        Trust, ///< remember its certificate
        Reload, ///< ask the running frpc to read its file again
    };

    Task task = Task::Run;
    QString prefix; ///< for Services
    std::optional<Fingerprint> trusted; ///< for Trust: this one; else a person is asked
    std::vector<TunnelSpec> tunnels; ///< to be opened; names are unique
    SessionSettings session;
    QString email;
    QString password;
    QString tokenFile = QStringLiteral("token.json");
    int drainTimeoutS = 30; ///< what is under way gets so long when frpc stops; 0: nothing is waited for
    std::optional<QString> text; ///< --help, --version or --check-config: print this and exit
    QString configFile; ///< empty: none
    QString logLevel;
    QStringList notes; ///< about the file: what in it has no effect
    QHash<QString, QString> settings; ///< the value of each option, to see what has changed
};

/// Reads the command line \a arguments (with the program's name in front), the variables of \a environment,
/// and the configuration file that one of them names. Without --client-id the id is derived from the machine.
/// Errc::InvalidArgument with a sentence that names the option, or Errc::BadConfig with a line for each fault
/// of the file. The files are read by \a files, or once and for all when that is null: it may take as long as
/// a pipe among them is open.
Result<ClientConfig> parseClientArguments(const QStringList &arguments,
    const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment(),
    InputFiles *files = nullptr);

/// All options of frpc in their three spellings.
QList<OptionSpelling> clientSpellings();

/// All that frpc can be told, for its manual.
ProgramHelp clientHelp();

} // namespace frpx::client
