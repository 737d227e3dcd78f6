// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArrayView>

namespace frpx {

/// Inspects the bytes of one relay. A relay with a tap copies all bytes through memory and cannot use
/// splice().
class RelayTap
{
public:
    RelayTap() = default;
    virtual ~RelayTap() = default;
    RelayTap(const RelayTap &) = delete;
    RelayTap &operator=(const RelayTap &) = delete;

    /// Both are called in the relay's loop thread with bytes before they are passed on; \a bytes is valid
    /// only during the call. \return false to end the relay at once with a reset to both ends; the bytes are
    /// then not passed on.
    virtual bool onBytesToService(QByteArrayView bytes) = 0;
    virtual bool onBytesToVisitor(QByteArrayView bytes) = 0;
};

} // namespace frpx
