// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include <Frpx/tunnelvalues.h>

namespace Frpx {

QVariant TunnelValues::value(const QString &key, const QVariant &fallback) const
{
    const QMutexLocker lock(&m_mutex);
    return m_values.value(key, fallback);
}

void TunnelValues::setValue(const QString &key, const QVariant &value)
{
    const QMutexLocker lock(&m_mutex);
    m_values.insert(key, value);
}

QVariant TunnelValues::update(const QString &key, const std::function<QVariant(const QVariant &)> &change)
{
    const QMutexLocker lock(&m_mutex);
    const QVariant changed = change(m_values.value(key));
    m_values.insert(key, changed);
    return changed;
}

qint64 TunnelValues::add(const QString &key, qint64 amount)
{
    const QMutexLocker lock(&m_mutex);
    const qint64 sum = m_values.value(key).toLongLong() + amount;
    m_values.insert(key, sum);
    return sum;
}

bool TunnelValues::contains(const QString &key) const
{
    const QMutexLocker lock(&m_mutex);
    return m_values.contains(key);
}

void TunnelValues::remove(const QString &key)
{
    const QMutexLocker lock(&m_mutex);
    m_values.remove(key);
}

} // namespace Frpx
