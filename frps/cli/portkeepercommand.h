// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandhelp.h"
#include "common/net/portranges.h"
#include "frps/store/databasetarget.h"

#include <QHostAddress>
#include <QStringList>

#include <optional>

namespace frpx::server {

/// The options of `frps port-keeper`, with the defaults.
struct PortKeeperConfig
{
    std::optional<QString> text; ///< --help, --version: print this and exit
    QHostAddress address = QHostAddress(QHostAddress::LocalHost);
    quint16 port = 8080;
    PortRanges allowed;
    DatabaseTarget database;
    QString importFile; ///< import this file and exit; empty: serve
};

/// Parses the command line \a arguments (with the program's name and "port-keeper" in front), and the frp
/// server's configuration if that is named. Errc::InvalidArgument or Errc::Io with a sentence that names the
/// option.
Result<PortKeeperConfig> parsePortKeeperArguments(const QStringList &arguments);

/// The command and its options, as data.
CommandHelp portKeeperCommand();

/// `frps port-keeper`: assigns ports for a frp server, and does nothing else, until it is stopped. Needs a
/// QCoreApplication and runs its event loop. \return the exit code: 0 done, 1 failed, 2 wrong usage.
int runPortKeeper(const QStringList &arguments);

} // namespace frpx::server
