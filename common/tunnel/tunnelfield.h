// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/result.h"
#include "common/tunnel/tunnelspec.h"

#include <QStringList>

#include <span>
#include <variant>

namespace frpx {

// Lengths in characters.
constexpr int maxTunnelMessageLength = 256;
constexpr int maxGroupLength = 128;
constexpr int maxTunnelConnections = 1'000'000'000;
constexpr int maxTunnelLifetimeS = 10 * 365 * 24 * 3600;
constexpr int maxTunnelWeight = 1000;
constexpr int maxHealthPathLength = 1024;
constexpr int maxHealthSeconds = 3600;

/// One field of TunnelSpec, and all that readers, writers, checks and manuals need to know of it. A new field
/// is added to the struct and to the table in tunnelfield.cpp, and to nothing else before its use.
struct TunnelField
{
    using Member = std::variant<QString TunnelSpec::*, int TunnelSpec::*, quint16 TunnelSpec::*>;
    /// Where the general rule is not enough. The readers and writers of these fields know each of them.
    enum class Kind {
        Plain,
        Name, ///< first on the command line; in a file the group may replace it
        Service, ///< localHost and localPort: one key on the command line, several in a file
        Group, ///< two keys in a file, as in frp
    };

    Member member;
    Kind kind = Kind::Plain;
    QStringView label; ///< in sentences: "message"
    QStringView option = {}; ///< the key in --tunnel; empty: none
    QStringView placeholder = {}; ///< what stands behind it in the manual: "PORT"
    QStringView configKey = {}; ///< in a table [[proxies]]; empty: none
    QStringView help = {}; ///< for that key
    QLatin1StringView wireKey = {}; ///< in the message OpenTunnel; empty: the server is not told
    bool isRequired = false; ///< a message without it is refused
    QLatin1StringView apiKey = {}; ///< in the JSON of the API; empty: it is not shown
    int min = 0; ///< of a number
    int max = 0; ///< of a number; of a text: its length in characters
    bool isPrintable = true; ///< a text without control characters
    bool isPath = false; ///< a text that can stand in the request line of HTTP
    std::span<const QStringView> words = {}; ///< the only texts besides the empty one; none: any text
};

/// All fields, in the order in which they are written.
std::span<const TunnelField> tunnelFields();
/// The field that \a member is.
const TunnelField &tunnelField(TunnelField::Member member);

/// The value of \a field as text, as a person would write it.
QString fieldText(const TunnelSpec &spec, const TunnelField &field);
/// Whether \a spec says nothing special in \a field.
bool isDefault(const TunnelSpec &spec, const TunnelField &field);
/// Reads \a text into \a field of \a spec. Errc::BadField with the end of a sentence: "takes …".
Result<void> setField(TunnelSpec &spec, const TunnelField &field, QStringView text);
/// Errc::BadField with the end of a sentence if the value of \a field is out of its range.
Result<void> checkField(const TunnelSpec &spec, const TunnelField &field);
/// The same rules for everybody: the fields' ranges, one by one. Errc::BadField with a sentence.
Result<void> check(const TunnelSpec &spec);

/// The policies by which a server chooses a client.
std::span<const QStringView> tunnelPolicies();

} // namespace frpx
