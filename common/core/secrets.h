// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QString>

namespace frpx {

/// Overwrites \a text in memory, unless it is shared, and empties it. Other copies stay: this only shortens
/// the time for which a secret is in memory.
inline void wipe(QString &text)
{
    if (text.isDetached()) {
        volatile ushort *data =
            const_cast<ushort *>(text.utf16()); // volatile: otherwise the compiler may drop the writes
        for (qsizetype i = 0; i < text.size(); ++i)
            data[i] = 0;
    }
    text.clear();
}

inline void wipe(QByteArray &bytes)
{
    if (bytes.isDetached()) {
        volatile char *data = bytes.data();
        for (qsizetype i = 0; i < bytes.size(); ++i)
            data[i] = 0;
    }
    bytes.clear();
}

} // namespace frpx
