// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "frps/ports/portranges.h"

#include <QByteArray>
#include <QString>

namespace frpx::server {

// The ports that the configuration of a real frp server allows. Ports below PortRanges::lowest are left out
// with a warning. Errc::InvalidArgument with a sentence: not that format, no allowed ports at all (frp takes
// that for "every port", which is no range to give away), a range that makes no sense.

/// `allowPorts = [ { start = 2000, end = 3000 }, { single = 3001 } ]`
Result<PortRanges> allowPortsFromToml(const QByteArray &text);
/// The same list in YAML, at the top level, as a block or in brackets. This much YAML is read: items of
/// `start`, `end` and `single`, one pair a line or `{…}`, and comments; no anchors, no tags, no multi-line
/// strings.
Result<PortRanges> allowPortsFromYaml(const QByteArray &text);
/// `allow_ports = 2000-3000,3001` in the section `[common]`.
Result<PortRanges> allowPortsFromIni(const QByteArray &text);

/// Reads \a path, of at most 1 MiB; its ending says what it is: .toml, .yaml, .yml or .ini. Errc::Io when it
/// cannot be read.
Result<PortRanges> allowPortsFromFile(const QString &path);

} // namespace frpx::server
