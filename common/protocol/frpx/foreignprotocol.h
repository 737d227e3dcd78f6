// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>
#include <QLatin1StringView>

namespace frpx::proto {

/// Returns the protocol of a peer whose first bytes are \a bytes, if four of them identify it: "HTTP", "SSH",
/// "TLS" and some others. Empty for other bytes; frames never match.
QLatin1StringView foreignProtocol(QByteArrayView bytes);

} // namespace frpx::proto
