// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/confignode.h"
#include "common/config/configreport.h"

#include <QProcessEnvironment>

namespace frpx {

/// Reads an ini file in the format of frplite and older frp versions: `[common]` for the program, every other
/// section for a tunnel of that name. The tree has the shape of a TOML file: the keys of `[common]` are at
/// the top, a section is an element of `proxies`, and keys have the TOML spelling (`local_ip` is `localIP`).
/// A section `[range:NAME]` with lists of ports stands for several tunnels, NAME_0 and so on. `{{ .Envs.NAME
/// }}` is replaced in values; a comment may follow a value. Faults go to \a report.
ConfigNode readIni(const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report);

} // namespace frpx
