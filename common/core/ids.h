// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QHashFunctions>
#include <QString>

namespace frpx {

/// Identifies one control session of a running server; never reused. Zero means none.
enum class SessionId : quint64 {};

/// Identifies one tunnel of a running server; never reused. Zero is the default tunnel.
enum class TunnelId : quint64 {};

inline size_t qHash(SessionId id, size_t seed = 0) noexcept
{
    return ::qHash(static_cast<quint64>(id), seed);
}

constexpr qsizetype maxClientIdLength = 128;
constexpr qsizetype maxTunnelNameLength = 128;

/// A UUID version 4 in lower case without braces, from the operating system's random source.
QString randomUuid();

/// Whether \a text has no control characters.
bool isPrintable(QStringView text);

/// Accepts a client id of 1 to maxClientIdLength printable characters without surrounding space.
Result<void> checkClientId(QStringView clientId);

/// Accepts the name of a tunnel of 1 to maxTunnelNameLength characters, none of them a control character.
Result<void> checkTunnelName(QStringView name);

} // namespace frpx
