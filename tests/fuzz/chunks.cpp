// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/chunkcodec.h"
#include "tests/fuzz/target.h"

#include <algorithm>

namespace frpx::fuzz {

namespace {

struct Outcome
{
    QByteArray bytes;
    QByteArray beyond;
    ChunkCodec::Way way = ChunkCodec::Way::Chunks;
    bool isViolated = false;
    bool operator==(const Outcome &) const = default;
};

/// What comes of \a wire if at most \a slice bytes arrive at a time.
Outcome decoded(QByteArrayView wire, qsizetype slice)
{
    ChunkCodec codec;
    Outcome outcome;
    while (!wire.isEmpty() && !codec.isViolated()) {
        QByteArray part = wire.first(std::min(slice, wire.size())).toByteArray();
        wire = wire.sliced(part.size());
        const size_t kept = codec.decode(part.data(), size_t(part.size()));
        require(kept <= size_t(part.size()), "no more comes out than goes in");
        part.truncate(qsizetype(kept));
        outcome.bytes += part;
    }
    outcome.beyond = codec.takeBeyond();
    outcome.way = codec.wayIn();
    outcome.isViolated = codec.isViolated();
    require(!codec.isThrough(), "it takes two ways to be through");
    return outcome;
}

} // namespace

static void tryInput(QByteArrayView input)
{
    const Outcome whole = decoded(input, input.size());
    require(whole.beyond.isEmpty() || whole.way == ChunkCodec::Way::Ended, "only an end has a beyond");
    for (const qsizetype slice : {1, 3, 4, 7})
        require(decoded(input, slice) == whole, "it does not matter in which pieces the bytes arrive");

    ChunkCodec out;
    if (input.isEmpty())
        return;
    const QByteArrayView first = input.first((input.size() + 1) / 2);
    QByteArray wire;
    for (const QByteArrayView &part : {first, input.sliced(first.size())}) {
        if (part.isEmpty())
            continue;
        const ChunkCodec::Head head = out.nextHead(size_t(part.size()));
        wire += QByteArray(head.data(), head.size()) + part.toByteArray();
    }
    const ChunkCodec::Head end = out.endHead();
    wire += QByteArray(end.data(), end.size());
    const Outcome again = decoded(wire, 5);
    require(again.bytes == input && again.way == ChunkCodec::Way::Ended, "what goes in comes out");
}

const TargetRegistration registration("chunks", tryInput);

} // namespace frpx::fuzz
