// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/configreport.h"

#include <QByteArray>
#include <QProcessEnvironment>

#include <vector>

namespace frpx {

/// Limits of a configuration file.
namespace configlimits {
constexpr qint64 maxBytes = qint64{1024} * 1024; ///< as written, and again with the variables' values
constexpr int maxDepth = 16; ///< of tables and arrays in each other
constexpr qsizetype maxVariableBytes = 4096; ///< the value of one variable
} // namespace configlimits

/// A text whose templates are replaced, and where its lines come from.
struct ExpandedText
{
    QByteArray text;
    std::vector<int> lines; ///< for each line of text the one it was in before, from 1
};

/// Puts the values of environment variables in the place of `{{ .Envs.NAME }}` in the TOML \a text, and
/// repeats what is between `{{ range $_, $v := parseNumberRangePair "1-3" "11-13" }}`, or parseNumberRange
/// with one list, and `{{ end }}` for each number, which stands where `{{ $v.First }}`, `{{ $v.Second }}` or
/// `{{ $v }}` is. `{{-` and `-}}` leave out the white space next to them. A value stays a value: within
/// quotes it is escaped as TOML wants it, without quotes it has to be a number, a word or the like. Comments
/// are left alone. Also refuses keys of too many parts, which a parser would have to nest. Faults go to \a
/// report, with their line.
ExpandedText expandTomlTemplates(
    const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report);

/// Replaces variables in one \a value of an ini file.
QString expandTemplates(
    const QString &value, int line, const QProcessEnvironment &environment, ConfigReport &report);

} // namespace frpx
