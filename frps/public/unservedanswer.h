// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace frpx::server {

/// What is sent to a user whom no client serves.
struct UnservedAnswer
{
    enum class Kind {
        MoreNeeded, ///< the user's next bytes decide
        Http, ///< 503, the whole response
        TlsAlert, ///< internal_error, the whole record
        Reset, ///< nothing: it speaks something else, or does not speak first
    };
    Kind kind = Kind::MoreNeeded;
    QByteArray bytes = {};
};

/// So much of a request's head is looked at.
inline constexpr qsizetype maxUnservedHead = qsizetype(8) * 1024;

/// The answer to a user whose first bytes are \a first, at most maxUnservedHead of them. \a isAll: no more
/// are waited for.
UnservedAnswer unservedAnswer(QByteArrayView first, bool isAll);

} // namespace frpx::server
