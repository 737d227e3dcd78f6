// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frpc/trust/tlssettings.h"

#include <functional>

namespace frpx::client {

/// Asks a person whether a certificate is right: yes or no. An error when there is no terminal to ask on,
/// Errc::Io when a signal interrupts the question.
using AskTrust = std::function<Result<bool>(const ServerCertificate &shown)>;

/// Asks with \a askLine, which prints a question and waits for a line: about an unknown or a changed
/// certificate. Only "yes" or the fingerprint itself means yes; three other answers mean no.
AskTrust trustPrompt(std::function<Result<QString>(const QString &question)> askLine);

/// Why an untrusted server cannot be used, as the last message of a program: with the fingerprint and the
/// command that accepts it.
QString explainRefusal(const ServerCertificate &shown, const Error &error);

} // namespace frpx::client
