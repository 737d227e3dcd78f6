// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>

namespace frpx {

/// Looks at the bytes of one relay as they pass. A relay with a tap copies every byte through memory: it
/// costs the splice path.
class RelayTap
{
public:
    RelayTap() = default;
    virtual ~RelayTap() = default;
    RelayTap(const RelayTap &) = delete;
    RelayTap &operator=(const RelayTap &) = delete;

    /// Both are called in the relay's loop thread with what is about to be passed on, and only valid during
    /// the call. \return false to end the relay at once, with a reset to both ends; the bytes are not passed
    /// on.
    virtual bool onBytesToService(QByteArrayView bytes) = 0;
    virtual bool onBytesToUser(QByteArrayView bytes) = 0;
};

} // namespace frpx
