// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/system/servicesocket.h"

namespace frpx {

bool sendDatagram(const QByteArray &address, const QByteArray &data)
{
    Q_UNUSED(address)
    Q_UNUSED(data)
    return false;
}

} // namespace frpx
