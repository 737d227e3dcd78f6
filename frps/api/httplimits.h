// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QtGlobal>

#include <chrono>

namespace frpx::server {

/// The limits of one HTTP peer. All of one request together stays below httpReadBufferSize.
struct HttpLimits
{
    qsizetype requestLine = qsizetype(8) * 1024;
    qsizetype headers = qsizetype(16) * 1024; ///< without the request line
    qsizetype body = qsizetype(64) * 1024;
    int connections = 256;
    std::chrono::milliseconds requestTime{10'000}; ///< to send one request, and for the server to answer it
    /// Between two requests; also for the peer to read one answer.
    std::chrono::milliseconds idleTime{60'000};
    std::chrono::milliseconds lingerTime{2'000}; ///< for the peer to close after the last answer
    /// Limit for requests of one address (of IPv6: network) that have no valid token where one is required:
    /// so many at once, then so many a second. Further requests wait, up to unknownWait; beyond that they are
    /// refused.
    int unknownBurst = 100;
    int unknownPerSecond = 20;
    std::chrono::milliseconds unknownWait{5'000};
};

/// A socket reads at most so many bytes ahead.
constexpr qint64 httpReadBufferSize = qint64(128) * 1024;

} // namespace frpx::server
