// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/net/uniquefd.h"

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

/// A connected, non-blocking descriptor of an edge-triggered loop, and what is known of it.
struct Wire
{
    UniqueFd fd;
    bool readable = false;
    bool writable = true; ///< a fresh connection has an empty send buffer
    bool shortReadsDrain = true; ///< a short read means that there is no more now
    int writeError = 0; ///< the errno of the write that failed

    /// What is there, at most \a room (> 0) bytes of it; keeps `readable` up to date.
    WireRead read(char *buffer, size_t room);
    /// As read(), but nothing is taken: `bytes` is 0 or 1.
    WireRead peek();
    /// \return the bytes the kernel takes; `writable` and `writeError` say why it is not all of them. With \a
    /// more it may wait for what comes next.
    size_t write(QByteArrayView bytes, bool more = false);
    /// As write(), with \a head before the \a bytes, in one packet if it can be.
    size_t write(QByteArrayView head, QByteArrayView bytes, bool more);

private:
    size_t noteSent(ssize_t sent);
};

} // namespace frpx
