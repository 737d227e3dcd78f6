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
/// Of the file, and again after the replacement of variables.
constexpr qint64 maxBytes = qint64{1024} * 1024;
constexpr int maxDepth = 16; ///< of nested tables and arrays
constexpr qsizetype maxVariableBytes = 4096; ///< the value of one variable
} // namespace configlimits

/// A text with replaced templates, and the origin of its lines.
struct ExpandedText
{
    QByteArray text;
    std::vector<int> lines; ///< for each line of the text its line in the file, from 1
};

/// Replaces `{{ .Envs.NAME }}` in the TOML \a text by environment variables, and repeats the text between `{{
/// range $_, $v := parseNumberRangePair "1-3" "11-13" }}` (or parseNumberRange with one list) and `{{ end }}`
/// for each number, which replaces `{{ $v.First }}`, `{{ $v.Second }}` or `{{ $v }}`. `{{-` and `-}}` remove
/// the adjacent white space. A value stays one value: in quotes it is escaped as TOML requires, without
/// quotes it has to be a number, a word or similar. Comments are not changed. Also refuses keys with too many
/// parts, which a parser would nest. Faults go to \a report, with their line.
ExpandedText expandTomlTemplates(
    const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report);

/// Replaces variables in one \a value of an ini file.
QString expandTemplates(
    const QString &value, int line, const QProcessEnvironment &environment, ConfigReport &report);

} // namespace frpx
