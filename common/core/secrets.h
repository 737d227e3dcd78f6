// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QString>

namespace frpx {

/// Overwrites \a text in memory, if nobody shares it, and empties it. Copies made elsewhere stay: this
/// shortens the time for which a secret can be found, and is no more than that.
inline void wipe(QString &text)
{
    if (text.isDetached()) {
        volatile ushort *data =
            const_cast<ushort *>(text.utf16()); // volatile: or the compiler may find it useless
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
