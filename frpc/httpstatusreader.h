// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QByteArray>
#include <QByteArrayView>

namespace frpx::client {

/// Finds the status of an HTTP/1.0 or 1.1 answer in its first bytes, and is not interested in the rest.
///
/// A value class: the caller reads the socket and keeps the time.
class HttpStatusReader
{
public:
    /// Most that is looked at, interim answers included.
    static constexpr qsizetype maxBytes = qsizetype(8) * 1024;

    /// Takes what has come. \return nullopt while more is needed; else the final status, interim answers
    /// (1xx) being passed over. Errc::BadField when it is not HTTP/1, Errc::FrameTooLarge when maxBytes hold
    /// no status. Not to be called again once it has decided.
    std::optional<Result<int>> append(QByteArrayView bytes);

private:
    std::optional<Result<int>> parse();

    QByteArray m_unread;
    qsizetype m_taken = 0; ///< bytes, since the beginning
};

} // namespace frpx::client
