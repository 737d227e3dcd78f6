// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

namespace frpx::test {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

/// \a full, or \a small where sanitizers make everything slower.
constexpr int scaled(int full, int small)
{
    return sanitized ? small : full;
}

/// Whether all rows of a long table are wanted, and not those alone that a run of everything has time for:
/// what has the label `long` (docs: CONTRIBUTING.md).
inline bool isLong()
{
    return qEnvironmentVariableIsSet("FRPX_TEST_LONG");
}

/// How many MiB a bulk test moves: the environment's FRPX_E2E_BULK_MIB, else 1024 (64 under sanitizers).
inline quint64 bulkMib()
{
    bool ok = false;
    const int wanted = qEnvironmentVariableIntValue("FRPX_E2E_BULK_MIB", &ok);
    return static_cast<quint64>(ok && wanted > 0 ? wanted : scaled(1024, 64));
}

} // namespace frpx::test
