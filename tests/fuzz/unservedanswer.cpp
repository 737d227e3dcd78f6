// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/unservedanswer.h"

#include "tests/fuzz/target.h"

#include <algorithm>

namespace frpx::fuzz {

static void tryInput(QByteArrayView input)
{
    using server::UnservedAnswer;
    using Kind = UnservedAnswer::Kind;
    const auto check = [](const UnservedAnswer &answer) {
        require(answer.bytes.isEmpty() == (answer.kind == Kind::MoreNeeded || answer.kind == Kind::Reset),
            "an answer has bytes, and nothing else has");
    };
    const QByteArrayView first = input.first(std::min(input.size(), server::maxUnservedHead));
    const UnservedAnswer last = server::unservedAnswer(first, true);
    check(last);
    require(last.kind != Kind::MoreNeeded, "nothing is waited for when all has come");
    for (qsizetype length = 0; length < std::min<qsizetype>(first.size(), 500); ++length) {
        const UnservedAnswer early = server::unservedAnswer(first.first(length), false);
        check(early);
        require(early.kind == Kind::MoreNeeded || early.kind == last.kind,
            "what has been decided does not change by what comes later");
    }
}

const TargetRegistration registration("unservedanswer", tryInput);

} // namespace frpx::fuzz
