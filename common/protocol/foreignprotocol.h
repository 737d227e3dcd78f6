// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>
#include <QLatin1StringView>

namespace frpx::proto {

/// What a peer speaks whose first bytes are \a bytes, where four of them tell: "HTTP", "SSH", "TLS" and some
/// others. Empty if it is none of these; frames never are.
QLatin1StringView foreignProtocol(QByteArrayView bytes);

} // namespace frpx::proto
