// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"

#include <QByteArray>
#include <QList>

namespace frpx {

/// The text between `{{` and `}}`: the subset of Go's templates that frp's files use.
struct TemplateAction
{
    enum class Kind {
        Environment, ///< `.Envs.NAME`
        Variable, ///< of a loop: `$v`, `$v.First`, `$v.Second`
        Range, ///< `range $_, $v := parseNumberRangePair "1-3" "1-3"`, or parseNumberRange with one list
        End, ///< `end`
    };

    Kind kind = Kind::End;
    bool trimsLeft = false; ///< `{{- `: removes white space before it
    bool trimsRight = false; ///< ` -}}`: removes white space after it
    QByteArray name; ///< of the environment's or the loop's variable; of a range, that of the element
    QByteArray field; ///< "First", "Second" or empty
    QByteArray index; ///< of a range: the variable that counts from 0; empty: none
    QList<QByteArray> lists; ///< of a range: one, or two for pairs; each quoted, or `.Envs.NAME`
};

/// Parses the text between the braces. Errc::InvalidArgument, with a sentence about \a body, for any other
/// text.
Result<TemplateAction> parseTemplateAction(const QByteArray &body);

} // namespace frpx
