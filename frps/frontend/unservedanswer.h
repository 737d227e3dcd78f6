// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace frpx::server {

/// The answer to a visitor that no client serves.
struct UnservedAnswer
{
    enum class Kind {
        MoreNeeded, ///< the next bytes of the visitor decide
        Http, ///< 503, the whole response
        TlsAlert, ///< internal_error, the whole record
        Reset, ///< no answer: another protocol, or one in which the server sends first
    };
    Kind kind = Kind::MoreNeeded;
    QByteArray bytes = {};
};

/// At most so much of a request's head is read.
inline constexpr qsizetype maxUnservedHead = qsizetype(8) * 1024;

/// The answer to a visitor whose first bytes are \a first, at most maxUnservedHead of them. \a isAll: no more
/// bytes are expected.
UnservedAnswer unservedAnswer(QByteArrayView first, bool isAll);

} // namespace frpx::server
