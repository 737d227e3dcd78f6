// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/messages.h"

#include "common/protocol/frpx/framedecoder.h"
#include "tests/fuzz/target.h"

namespace frpx::fuzz {

static void tryInput(QByteArrayView input)
{
    const Result<proto::Message> message = proto::decode(input);
    if (!message) {
        const Errc code = message.error().code;
        require(code == Errc::BadJson || code == Errc::UnknownVariant || code == Errc::BadField,
            "decode() has three kinds of errors");
        return;
    }
    const QByteArray payload = proto::encode(*message);
    require(!payload.isEmpty() && payload.size() <= qsizetype(proto::maxFrameAfterLogin),
        "a message that is taken fits a frame");
    const Result<proto::Message> again = proto::decode(payload);
    require(again.hasValue(), "what encode() writes decode() reads");
    require(*again == *message, "encode() and decode() lose nothing");
    require(proto::encode(*again) == payload, "encode() writes the same for the same");
}

const TargetRegistration registration("messages", tryInput);

} // namespace frpx::fuzz
