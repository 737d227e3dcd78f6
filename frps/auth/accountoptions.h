// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/commandline.h"

#include <QHash>
#include <QStringList>

namespace frpx::server {

/// The options behind `frps user` and `frps token`, without the dashes; a flag has an empty value.
using AccountOptions = QHash<QString, QString>;

/// Whether \a arguments look like one of these commands, whose options frps does not have otherwise.
bool isAccountCommand(const QStringList &arguments);
void addAccountOptions(CommandLine &line);
/// Those of \a command, such as "user add".
QList<CommandLine::Option> accountOptionsOf(const QString &command);
/// Whether \a command takes each of \a options.
bool takesAll(const QString &command, const AccountOptions &options);
/// Options of frps that tell these commands where the accounts are.
QStringList databaseOptionNames();
/// Those of them that are given.
AccountOptions accountOptions(const CommandLine &line);

} // namespace frpx::server
