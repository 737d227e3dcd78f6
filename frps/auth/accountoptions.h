// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHash>
#include <QStringList>

namespace frpx {
class CommandLine;
}

namespace frpx::server {

/// The options behind `frps user` and `frps token`, without the dashes; a flag has an empty value.
using AccountOptions = QHash<QString, QString>;

/// Whether \a arguments look like one of these commands, whose options frps does not have otherwise.
bool isAccountCommand(const QStringList &arguments);
void addAccountOptions(CommandLine &line);
/// Those of them that are given.
AccountOptions accountOptions(const CommandLine &line);

} // namespace frpx::server
