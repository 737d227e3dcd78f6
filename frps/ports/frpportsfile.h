// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/portranges.h"

#include <QByteArray>
#include <QString>

namespace frpx::server {

// Read the ports that the configuration of a frp server allows. Ports below PortRanges::lowest are left out
// with a warning. Errc::InvalidArgument with a sentence: another format, no allowed ports (frp takes that for
// "every port", which is no range to assign), an invalid range.

/// `allowPorts = [ { start = 2000, end = 3000 }, { single = 3001 } ]`
Result<PortRanges> allowPortsFromToml(const QByteArray &text);
/// The same list in YAML, at the top level, as a block or in brackets. Of YAML this reads items of `start`,
/// `end` and `single`, one pair a line or `{…}`, and comments; no anchors, no tags, no multi-line strings.
Result<PortRanges> allowPortsFromYaml(const QByteArray &text);
/// `allow_ports = 2000-3000,3001` in the section `[common]`.
Result<PortRanges> allowPortsFromIni(const QByteArray &text);

/// Reads \a path, of at most 1 MiB. The suffix names the format: .toml, .yaml, .yml or .ini. Errc::Io if it
/// cannot be read.
Result<PortRanges> allowPortsFromFile(const QString &path);

} // namespace frpx::server
