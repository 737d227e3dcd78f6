// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/framedecoder.h"

#include "tests/fuzz/target.h"

#include <QByteArrayList>

#include <algorithm>
#include <array>

/// The first byte of an input is the size of the pieces that the stream comes in, 0 for all at once; the
/// second one picks a limit; the stream follows.
namespace frpx::fuzz {

namespace {

using proto::FrameDecoder;

constexpr std::array<quint32, 4> limits{1, 64, proto::maxFrameBeforeLogin, proto::maxFrameAfterLogin};

struct Outcome
{
    QByteArrayList payloads;
    std::optional<Errc> error;

    bool operator==(const Outcome &) const = default;
};

/// Takes what is complete.
void drain(FrameDecoder &decoder, qsizetype limit, Outcome &outcome)
{
    while (true) {
        const Result<std::optional<QByteArray>> next = decoder.next();
        if (!next) {
            outcome.error = next.error().code;
            return;
        }
        if (!*next) {
            require(decoder.buffered() < proto::frameHeaderSize + limit, "no more is held than one frame");
            return;
        }
        require(!(*next)->isEmpty() && (*next)->size() <= limit, "a payload keeps to the limit");
        outcome.payloads += **next;
    }
}

Outcome decodeAll(QByteArrayView stream, quint32 limit, qsizetype piece)
{
    FrameDecoder decoder(limit);
    Outcome outcome;
    for (qsizetype from = 0; from < stream.size() && !outcome.error; from += piece) {
        decoder.append(stream.sliced(from, std::min(piece, stream.size() - from)));
        drain(decoder, limit, outcome);
    }
    QByteArray again;
    for (const QByteArray &payload : std::as_const(outcome.payloads))
        again += proto::frame(payload);
    require(stream.startsWith(again), "what is read is what came");
    if (outcome.error) {
        decoder.append("\0\0\0\1x");
        const Result<std::optional<QByteArray>> next = decoder.next();
        require(!next && next.error().code == *outcome.error, "an error stays");
    } else {
        require(again.size() + decoder.buffered() == stream.size(), "no byte is lost");
    }
    return outcome;
}

} // namespace

static void tryInput(QByteArrayView input)
{
    if (input.size() < 2)
        return;
    const auto piece = static_cast<quint8>(input[0]);
    const quint32 limit = limits.at(static_cast<quint8>(input[1]) % limits.size());
    const QByteArrayView stream = input.sliced(2);
    const qsizetype whole = std::max<qsizetype>(1, stream.size());
    require(decodeAll(stream, limit, whole) == decodeAll(stream, limit, piece == 0 ? whole : piece),
        "pieces make no difference");
}

const TargetRegistration registration("framedecoder", tryInput);

} // namespace frpx::fuzz
