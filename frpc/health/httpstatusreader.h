// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QByteArray>
#include <QByteArrayView>

namespace frpx::client {

/// Finds the status of an HTTP/1.0 or 1.1 answer in its first bytes and ignores the rest.
///
/// A value class: the caller reads the socket and keeps the time.
class HttpStatusReader
{
public:
    /// The largest number of bytes that are read, interim answers included.
    static constexpr qsizetype maxBytes = qsizetype(8) * 1024;

    /// Takes received bytes. \return nullopt while more are needed; otherwise the final status; interim
    /// answers (1xx) are skipped. Errc::BadField when it is not HTTP/1, Errc::FrameTooLarge when maxBytes
    /// contain no status. Not to be called again after a result.
    std::optional<Result<int>> append(QByteArrayView bytes);

private:
    std::optional<Result<int>> parse();

    QByteArray m_unread;
    qsizetype m_taken = 0; ///< bytes taken in total
};

} // namespace frpx::client
