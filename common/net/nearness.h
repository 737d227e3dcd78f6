// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

namespace frpx::net {

/// Is the peer of the connection \a fd on this machine or about as near: has a round trip lately taken less
/// than a millisecond, at its fastest? Always false where the system does not tell (only Linux does).
bool isNear(int fd);

} // namespace frpx::net
