// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/confignode.h"
#include "common/config/configreport.h"

#include <QProcessEnvironment>

namespace frpx {

class InputFiles;

/// The tree of the configuration file \a path: ini if its name ends in `.ini`, or if it does not end in
/// `.toml` and the file has a section `[common]`; else TOML. Variables are replaced. Faults go to \a report,
/// which names the file as \a path; that it cannot be read, is too large or no text as well.
/// It may be a pipe: \a files reads it, and keeps what can be read only once.
ConfigNode readConfigFile(
    const QString &path, const QProcessEnvironment &environment, ConfigReport &report, InputFiles &files);
ConfigNode readConfigFile(const QString &path, const QProcessEnvironment &environment, ConfigReport &report);

/// readConfigFile() for what a file holds.
ConfigNode readConfig(const QByteArray &content, const QString &path, const QProcessEnvironment &environment,
    ConfigReport &report);

} // namespace frpx
