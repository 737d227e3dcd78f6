// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QHash>
#include <QMutex>
#include <QString>
#include <QVariant>

#include <functional>

#include <Frpx/global.h>

namespace Frpx {

/// Values that hooks store for one tunnel. Empty when the tunnel is opened; destroyed when the tunnel is
/// closed and its last connection has ended. Every function may be called from any thread.
class FRPX_EXPORT TunnelValues
{
public:
    TunnelValues() = default;
    Q_DISABLE_COPY_MOVE(TunnelValues)

    /// \return the value of \a key; \a fallback if there is none.
    QVariant value(const QString &key, const QVariant &fallback = {}) const;
    /// Sets the value of \a key.
    void setValue(const QString &key, const QVariant &value);
    /// Replaces the value of \a key (an invalid QVariant if there is none) by the result of \a change,
    /// atomically. \a change must not call this object. \return the new value.
    QVariant update(const QString &key, const std::function<QVariant(const QVariant &)> &change);
    /// Adds \a amount to the number \a key, which begins at 0, atomically.
    /// \return the new number.
    qint64 add(const QString &key, qint64 amount);
    /// \return whether \a key has a value.
    bool contains(const QString &key) const;
    /// Removes \a key.
    void remove(const QString &key);

private:
    mutable QMutex m_mutex;
    QHash<QString, QVariant> m_values; // guarded by m_mutex
};

} // namespace Frpx
