// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/net/sockets.h"
#include "common/protocol/messages.h"

#include <QByteArray>
#include <QStringList>

#include <optional>

/// The header that a proxy puts in front of a connection it passes on, to tell where it really comes from:
/// HAProxy's "PROXY protocol", version 1 (a line of text) and 2 (binary).
namespace frpx::proxyproto {

enum class Version { None, V1, V2 };

/// "none", "v1" or "v2".
std::optional<Version> versionFromName(QStringView name);
/// The words that versionFromName() knows.
QStringList versionNames();

/// Both ends of the connection as the first proxy saw it.
struct Header
{
    net::Endpoint source; ///< null address: not told, as for a check by the proxy itself
    net::Endpoint target;
};

/// Both null if \a user is not told or holds no addresses.
Header headerOf(const std::optional<proto::UserAddress> &user);

/// The bytes to send ahead; none for Version::None. A header without a source says so in the way each version
/// has for it ("PROXY UNKNOWN", LOCAL), so that its reader still finds the stream behind it.
QByteArray encode(Version version, const Header &header);

constexpr qsizetype maxV1Size = 107; ///< of the line with its end, says the specification
constexpr qsizetype v2FixedSize = 16;
/// Of what follows: two addresses (216 bytes of the longest kind) and the additions some proxies make. The
/// specification wants a header to fit the smallest segment.
constexpr qsizetype maxV2Rest = 536;
constexpr qsizetype maxSize = v2FixedSize + maxV2Rest;

struct Parsed
{
    Header header;
    qsizetype size = 0; ///< the user's stream begins there
};

/// Reads the header at the begin of \a stream, version 1 or 2; nullopt if it goes on behind what is there.
/// Then all of \a stream belongs to it, and is shorter than maxSize. Additions, and addresses that are not of
/// TCP over IP, are skipped. Errc::BadField as soon as it can be no header.
Result<std::optional<Parsed>> parse(QByteArrayView stream);

} // namespace frpx::proxyproto
