// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/proxy/proxyprotocol.h"

#include "tests/fuzz/target.h"

#include <algorithm>

namespace frpx::fuzz {

namespace {

using proxyproto::Parsed;
using proxyproto::Version;

bool same(const proxyproto::Header &one, const proxyproto::Header &other)
{
    return one.source.address == other.source.address && one.source.port == other.source.port
        && one.target.address == other.target.address && one.target.port == other.target.port;
}

/// Whatever has come of a header, what is said of it never changes.
void readBytewise(QByteArrayView stream, const Result<std::optional<Parsed>> &whole)
{
    const qsizetype size = whole && *whole ? (**whole).size : std::min(stream.size(), proxyproto::maxSize);
    for (qsizetype length = 0; length < size; ++length) {
        const Result<std::optional<Parsed>> part = proxyproto::parse(stream.first(length));
        if (!part) {
            require(!whole, "nothing is refused that is taken when more of it has come");
            return;
        }
        require(!*part, "a header is not read before its end");
    }
}

void readAgain(Version version, const Parsed &parsed)
{
    const QByteArray bytes = proxyproto::encode(version, parsed.header);
    const Result<std::optional<Parsed>> again = proxyproto::parse(bytes);
    require(again && *again, "what encode() writes parse() reads");
    require((**again).size == bytes.size(), "encode() writes a header and nothing else");
    require(same((**again).header, parsed.header), "encode() and parse() lose nothing");
}

} // namespace

static void tryInput(QByteArrayView input)
{
    const Result<std::optional<Parsed>> whole = proxyproto::parse(input);
    readBytewise(input, whole);
    if (!whole) {
        require(whole.error().code == Errc::BadField, "parse() has one kind of error");
        return;
    }
    if (!*whole) {
        require(input.size() < proxyproto::maxSize, "a header has an end");
        return;
    }
    const Parsed &parsed = **whole;
    require(parsed.size > 0 && parsed.size <= std::min(input.size(), proxyproto::maxSize),
        "a header is a part of the stream");
    require(parsed.header.source.address.isNull() == parsed.header.target.address.isNull(),
        "both ends are told, or none");
    if (input.startsWith("PROXY TCP")) {
        const QByteArrayView rest = input.first(parsed.size).sliced(10).chopped(2);
        require(std::all_of(rest.begin(), rest.end(),
                    [](char c) { return QByteArrayView(" .:0123456789abcdefABCDEF").contains(c); }),
            "an address is written in its own characters");
    }
    readAgain(Version::V1, parsed);
    readAgain(Version::V2, parsed);
}

const TargetRegistration registration("proxyprotocol", tryInput);

} // namespace frpx::fuzz
