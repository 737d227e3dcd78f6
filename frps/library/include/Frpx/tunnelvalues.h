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

/// What hooks remember about one tunnel. It is empty when the tunnel is opened, and goes when the tunnel is
/// closed and the last of its users has left. Every function may be called from any thread.
class FRPX_EXPORT TunnelValues
{
public:
    TunnelValues() = default;
    Q_DISABLE_COPY_MOVE(TunnelValues)

    /// \return what is known as \a key; \a fallback if there is nothing.
    QVariant value(const QString &key, const QVariant &fallback = {}) const;
    /// Remembers \a value as \a key, in place of what was there.
    void setValue(const QString &key, const QVariant &value);
    /// Replaces what is known as \a key (nothing: an invalid QVariant) by what \a change makes of it, with
    /// nobody else in between. \a change must not call this object. \return the new value.
    QVariant update(const QString &key, const std::function<QVariant(const QVariant &)> &change);
    /// Adds \a amount to the number \a key, which begins at 0, with nobody else in between.
    /// \return the new number.
    qint64 add(const QString &key, qint64 amount);
    /// \return whether something is known as \a key.
    bool contains(const QString &key) const;
    /// Forgets \a key.
    void remove(const QString &key);

private:
    mutable QMutex m_mutex;
    QHash<QString, QVariant> m_values; // guarded by m_mutex
};

} // namespace Frpx
