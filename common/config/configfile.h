// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/confignode.h"
#include "common/config/configreport.h"

#include <QProcessEnvironment>

namespace frpx {

class InputFiles;

/// Reads the configuration file \a path: ini if its name ends in `.ini`, or if it does not end in `.toml` and
/// the file has a section `[common]`; otherwise TOML. Variables are replaced. Faults go to \a report, which
/// names the file as \a path; also when it cannot be read, is too large or is no text. The file may be a
/// pipe: \a files reads it, and keeps content that can be read only once.
ConfigNode readConfigFile(
    const QString &path, const QProcessEnvironment &environment, ConfigReport &report, InputFiles &files);
ConfigNode readConfigFile(const QString &path, const QProcessEnvironment &environment, ConfigReport &report);

/// Like readConfigFile(), for the content of a file.
ConfigNode readConfig(const QByteArray &content, const QString &path, const QProcessEnvironment &environment,
    ConfigReport &report);

} // namespace frpx
