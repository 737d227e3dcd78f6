// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/walltime.h"

#include <QDateTime>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

qint64 buildDateMs()
{
    static const qint64 ms =
        QDateTime::fromString(QStringLiteral(FRPX_BUILD_DATE "T00:00:00Z"), Qt::ISODate).toMSecsSinceEpoch();
    return ms;
}

qint64 wallMs()
{
    return std::max(QDateTime::currentMSecsSinceEpoch(), buildDateMs());
}

std::function<qint64()> plausibleClock(std::function<qint64()> clock)
{
    if (!clock)
        return &wallMs;
    return [clock = std::move(clock)] { return std::max(clock(), buildDateMs()); };
}

} // namespace frpx
