// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/net/sockets.h"
#include "common/protocol/frpx/messages.h"

#include <QByteArray>
#include <QStringList>

#include <optional>

/// The header that a proxy sends before a forwarded connection, with the original addresses: HAProxy's "PROXY
/// protocol", version 1 (a line of text) and 2 (binary).
namespace frpx::proxyproto {

enum class Version { None, V1, V2 };

/// "none", "v1" or "v2".
std::optional<Version> versionFromName(QStringView name);
/// The names that versionFromName() accepts.
QStringList versionNames();

/// Both ends of the connection as the first proxy saw them.
struct Header
{
    net::Endpoint source; ///< null address: unknown, as for a check by the proxy itself
    net::Endpoint target;
};

/// Both addresses are null if \a visitor is empty or has no valid addresses.
Header headerOf(const std::optional<proto::VisitorAddress> &visitor);

/// The bytes to send first; none for Version::None. A header without a source uses the form of its version
/// for that ("PROXY UNKNOWN", LOCAL), so that the reader finds the stream after it.
QByteArray encode(Version version, const Header &header);

constexpr qsizetype maxV1Size = 107; ///< of the line with its end, from the specification
constexpr qsizetype v2FixedSize = 16;
/// Of the part after the fixed one: two addresses (216 bytes of the longest kind) and the additions of some
/// proxies. The specification wants a header to fit into the smallest segment.
constexpr qsizetype maxV2Rest = 536;
constexpr qsizetype maxSize = v2FixedSize + maxV2Rest;

struct Parsed
{
    Header header;
    qsizetype size = 0; ///< the visitor's stream begins after it
};

/// Parses the header at the start of \a stream, version 1 or 2; nullopt if it is incomplete. Then all of \a
/// stream belongs to it and is shorter than maxSize. Additions, and addresses that are not TCP/IP, are
/// skipped. Errc::BadField as soon as it cannot be a header.
Result<std::optional<Parsed>> parse(QByteArrayView stream);

} // namespace frpx::proxyproto
