// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>

namespace frpx {

/// Sends one datagram to the local socket at \a address (a leading 0 byte: an abstract one) without waiting.
/// \return whether it was sent; always false on systems without such sockets.
bool sendDatagram(const QByteArray &address, const QByteArray &data);

} // namespace frpx
