// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc-gui/model/format.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace frpx::gui {

namespace {

struct Format
{
    Q_DECLARE_TR_FUNCTIONS(frpx::gui::Format)
};

} // namespace

QString bytesText(quint64 bytes)
{
    return QLocale().formattedDataSize(
        static_cast<qint64>(bytes), bytes < 1000 ? 0 : 1, QLocale::DataSizeSIFormat);
}

QString rateText(double bytesPerSecond)
{
    return Format::tr("%1/s", "bytes a second")
        .arg(bytesText(static_cast<quint64>(std::max(0.0, bytesPerSecond))));
}

QString percentText(double percent)
{
    return Format::tr("%1 %", "a percentage").arg(QLocale().toString(percent, 'f', 0));
}

QString durationText(qint64 ms)
{
    const qint64 seconds = std::max<qint64>(0, ms / 1000);
    if (seconds < 60)
        return Format::tr("%1 s").arg(seconds);
    if (seconds < 3600)
        return Format::tr("%1 min").arg(seconds / 60);
    if (seconds < 86'400)
        return Format::tr("%1 h %2 min").arg(seconds / 3600).arg(seconds / 60 % 60);
    return Format::tr("%1 d %2 h").arg(seconds / 86400).arg(seconds / 3600 % 24);
}

} // namespace frpx::gui
