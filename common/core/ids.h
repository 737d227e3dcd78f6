// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QHashFunctions>
#include <QString>

namespace frpx {

/// Names one control session of a running server; never used twice. Zero names none.
enum class SessionId : quint64 {};

inline size_t qHash(SessionId id, size_t seed = 0) noexcept
{
    return ::qHash(static_cast<quint64>(id), seed);
}

constexpr qsizetype maxClientIdLength = 128;

/// A UUID version 4 in lower case without braces, from the operating system's random source.
QString randomUuid();

/// Accepts a client id of 1 to maxClientIdLength printable characters without surrounding space.
Result<void> checkClientId(QStringView clientId);

} // namespace frpx
