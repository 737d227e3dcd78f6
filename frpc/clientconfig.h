// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/clientsession.h"

#include <QStringList>

namespace frpx::client {

/// Everything frpc can be told on its command line, with the defaults.
struct ClientConfig
{
    SessionSettings session;
    QString email;
    QString password;
    QString tokenFile = QStringLiteral("token.json");
    int drainTimeoutS = 30; ///< what is under way gets so long when frpc stops; 0: nothing is waited for
    std::optional<QString> text; ///< --help or --version: print this and exit
};

/// Reads the command line \a arguments (with the program's name in front). Without --client-id the id is
/// derived from the machine. Errc::InvalidArgument with a sentence that names the option.
Result<ClientConfig> parseClientArguments(const QStringList &arguments);

} // namespace frpx::client
