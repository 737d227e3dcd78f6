// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QString>

namespace frpx::server {

constexpr qsizetype tokenLength = 64;

/// 256 random bits as lower-case hexadecimal digits.
QString newToken();
/// Whether \a text has the form of a token; other texts need no lookup.
bool isTokenShaped(QStringView text);
/// What is stored instead of a token: its SHA-256 in lower-case hexadecimal digits. A token is random enough
/// that a fast hash without salt protects it.
QByteArray tokenHash(QStringView token);
/// The first characters, by which a token is recognised in lists.
QString tokenPrefix(QStringView token);

} // namespace frpx::server
