// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/io/pipepool.h"

#include <vector>

namespace frpx {

/// Buffers that all handlers of one loop share: an idle connection owns no buffer.
struct LoopScratch
{
    std::vector<char> buffer = std::vector<char>(size_t(64) * 1024);
    std::vector<char> records; ///< TLS records to be sent
    PipePool pipes;
};

/// When a peer counts as lost; both conditions must hold. At TCP's shortest retransmission time, 200 ms,
/// seven repetitions take 25 s; on a slower network they take longer in proportion.
struct SilenceLimits
{
    int unheardMs = 30'000; ///< nothing was received from it
    int repetitions = 7; ///< of the same data, none acknowledged
};

} // namespace frpx
