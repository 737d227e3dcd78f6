// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/tlssettings.h"

#include <functional>

namespace frpx::client {

/// How a person is asked whether a certificate is right: yes or no. An error when nobody can be asked, or an
/// Errc::Io when a signal came first.
using AskTrust = std::function<Result<bool>(const ServerCertificate &shown)>;

/// Asks by \a askLine, which puts a question and waits for a line: about an unknown certificate, or a changed
/// one. Only "yes" or the fingerprint itself means yes; three other answers mean no.
AskTrust trustPrompt(std::function<Result<QString>(const QString &question)> askLine);

/// Why a server that is not trusted cannot be used, for the end of a program: with the fingerprint and the
/// command that accepts it.
QString explainRefusal(const ServerCertificate &shown, const Error &error);

} // namespace frpx::client
