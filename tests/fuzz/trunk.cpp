// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/trunkcodec.h"
#include "tests/fuzz/target.h"

/// An input is what comes over a trunk.
namespace frpx::fuzz {

void tryInput(QByteArrayView input)
{
    TrunkReader reader(input);
    QByteArray again;
    while (const std::optional<TrunkEntry> entry = reader.next()) {
        require(entry->bytes.size() <= TrunkEntry::maxBytes, "an entry keeps to the limit");
        require((entry->kind == TrunkEntry::Kind::Bytes) != entry->bytes.isEmpty(), "only bytes have some");
        writeTrunkEntry(again, *entry);
    }
    require(input.startsWith(again), "what is read is what was written");
    require(reader.rest() == input.sliced(again.size()), "nothing is left out");
    require(reader.isViolated() || reader.rest().size() < TrunkEntry::headSize + TrunkEntry::maxBytes,
        "no more is waited for than an entry can have");
}

} // namespace frpx::fuzz
