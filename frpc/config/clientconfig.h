// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/tunnel/tunnelspec.h"
#include "frpc/session/serversession.h"

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

/// All settings of frpc, with their defaults.
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
    std::optional<Fingerprint> trusted; ///< for Trust: the fingerprint; empty: a person is asked
    std::vector<TunnelSpec> tunnels; ///< tunnels to open; names are unique
    SessionSettings session;
    QString email;
    QString password;
    QString tokenFile = QStringLiteral("token.json");
    int drainTimeoutS = 30; ///< time for open connections when frpc stops; 0: they are cut at once
    std::optional<QString> text; ///< --help, --version or --check-config: print this text and exit
    QString configFile; ///< empty: none
    QString logLevel;
    QStringList notes; ///< about the file: entries without effect
    QHash<QString, QString> settings; ///< the value of each option, to find changes
};

/// Reads the command line \a arguments (the first is the program), the variables of \a environment, and the
/// configuration file that one of them names. Without --client-id the id is derived from the machine.
/// Errc::InvalidArgument with a sentence that names the option, or Errc::BadConfig with a line for each fault
/// of the file. \a files reads the files in steps; when it is null, this function reads them and blocks as
/// long as a pipe among them is open.
Result<ClientConfig> parseClientArguments(const QStringList &arguments,
    const QProcessEnvironment &environment = QProcessEnvironment::systemEnvironment(),
    InputFiles *files = nullptr);

/// All options of frpc in their three spellings.
QList<OptionSpelling> clientSpellings();

/// The help of all options and commands, for the manual page.
ProgramHelp clientHelp();

} // namespace frpx::client
