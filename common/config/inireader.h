// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/config/confignode.h"
#include "common/config/configreport.h"

#include <QProcessEnvironment>

namespace frpx {

/// Reads an ini file as frplite and the older frp have it: `[common]` for the program, every other section
/// for a tunnel of that name. The tree is shaped like that of a TOML file: what is in `[common]` stands at
/// the top, a section is an element of `proxies`; keys are spelled as there (`local_ip` is `localIP`). A
/// section `[range:NAME]` with lists of ports stands for many, NAME_0 and so on. `{{ .Envs.NAME }}` is
/// replaced in values; a comment may stand behind a value. Faults go to \a report.
ConfigNode readIni(const QByteArray &text, const QProcessEnvironment &environment, ConfigReport &report);

} // namespace frpx
