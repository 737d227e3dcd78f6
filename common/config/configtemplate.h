// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/configreport.h"

#include <QByteArray>
#include <QProcessEnvironment>

namespace frpx {

/// Limits of a configuration file.
namespace configlimits {
constexpr qint64 maxBytes = qint64{1024} * 1024; ///< as written, and again with the variables' values
constexpr int maxDepth = 16; ///< of tables and arrays in each other
constexpr qsizetype maxVariableBytes = 4096; ///< the value of one variable
} // namespace configlimits

/// Puts the values of environment variables in the place of `{{ .Envs.NAME }}` in the TOML \a text. A value
/// stays a value: within quotes it is escaped as TOML wants it, without quotes it has to be a number, a word
/// or the like. Comments are left alone, and so is the number of lines. Also refuses keys of too many parts,
/// which a parser would have to nest. Faults go to \a report, with their line.
QByteArray expandTomlTemplates(
    const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report);

/// The same for one \a value in an ini file.
QString expandTemplates(
    const QString &value, int line, const QProcessEnvironment &environment, ConfigReport &report);

} // namespace frpx
