// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/foreignprotocol.h"

using namespace Qt::StringLiterals;

namespace frpx::proto {

namespace {

struct Beginning
{
    QLatin1StringView bytes;
    QLatin1StringView protocol;
};

constexpr Beginning beginnings[] = {
    {"HTTP"_L1, "HTTP"_L1}, // an answer
    {"GET "_L1, "HTTP"_L1},
    {"POST"_L1, "HTTP"_L1},
    {"HEAD"_L1, "HTTP"_L1},
    {"PUT "_L1, "HTTP"_L1},
    {"DELE"_L1, "HTTP"_L1},
    {"OPTI"_L1, "HTTP"_L1},
    {"PATC"_L1, "HTTP"_L1},
    {"CONN"_L1, "HTTP"_L1},
    {"TRAC"_L1, "HTTP"_L1},
    {"PRI "_L1, "HTTP"_L1}, // HTTP/2
    {"<htm"_L1, "HTTP"_L1}, // answers of old servers to unknown requests
    {"<HTM"_L1, "HTTP"_L1},
    {"<!DO"_L1, "HTTP"_L1},
    {"SSH-"_L1, "SSH"_L1},
    {"\x16\x03"_L1, "TLS"_L1}, // a handshake
    {"\x15\x03"_L1, "TLS"_L1}, // an alert
    {"220 "_L1, "SMTP or FTP"_L1},
    {"220-"_L1, "SMTP or FTP"_L1},
    {"+OK "_L1, "POP3"_L1},
    {"* OK"_L1, "IMAP"_L1},
    {"RFB "_L1, "VNC"_L1},
};

} // namespace

QLatin1StringView foreignProtocol(QByteArrayView bytes)
{
    for (const Beginning &each : beginnings) {
        if (bytes.startsWith(QByteArrayView(each.bytes.data(), each.bytes.size())))
            return each.protocol;
    }
    return {};
}

} // namespace frpx::proto
