// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandline.h"

#include <QHash>
#include <QStringList>

namespace frpx::server {

/// The options behind `frps user` and `frps token`, without the dashes; a flag has an empty value.
using AccountOptions = QHash<QString, QString>;

/// True if \a arguments contain `user` or `token`. Only these commands have the options of this file.
bool isAccountCommand(const QStringList &arguments);
void addAccountOptions(CommandLine &line);
/// The options of \a command, such as "user add".
QList<CommandLine::Option> accountOptionsOf(const QString &command);
/// True if \a command takes all of \a options.
bool takesAll(const QString &command, const AccountOptions &options);
/// The options of frps that locate the database, which these commands take, too.
QStringList databaseOptionNames();
/// The options that are given on the command line.
AccountOptions accountOptions(const CommandLine &line);

} // namespace frpx::server
