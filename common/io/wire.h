// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/core/uniquefd.h"

#include <QByteArrayView>

namespace frpx {

enum class WireStatus {
    Open, ///< there may be more, now or later
    Ended, ///< in order
    Broken,
};

struct WireRead
{
    size_t bytes = 0; ///< none unless the status is Open
    WireStatus status = WireStatus::Open;
};

/// A connected, non-blocking descriptor of an edge-triggered loop, with its known state.
struct Wire
{
    UniqueFd fd;
    bool readable = false;
    bool writable = true; ///< a new connection has an empty send buffer
    bool shortReadsDrain = true; ///< a short read means that the receive buffer is empty
    int writeError = 0; ///< the errno of the write that failed

    /// Reads at most \a room (> 0) bytes; updates `readable`.
    WireRead read(char *buffer, size_t room);
    /// Like read(), but takes nothing: `bytes` is 0 or 1.
    WireRead peek();
    /// \return the bytes that the kernel takes; `writable` and `writeError` say why it is not all of them.
    /// With \a more it may wait for the next bytes.
    size_t write(QByteArrayView bytes, bool more = false);
    /// Like write(), with \a head before the \a bytes, in one packet if possible.
    size_t write(QByteArrayView head, QByteArrayView bytes, bool more);

private:
    size_t noteSent(ssize_t sent);
};

} // namespace frpx
