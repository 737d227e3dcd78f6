// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "common/protocol/frpx/messages.h"

#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>
#include <cmath>

namespace frpx::proto {

/// Reads the fields of one variant; the first fault is kept and names the field.
class FieldReader
{
public:
    FieldReader(QLatin1String variant, const QJsonObject &object)
        : m_variant(variant)
        , m_object(object)
    { }

    QString string(QLatin1String key, qsizetype maxLength)
    {
        const QJsonValue value = m_object.value(key);
        if (!value.isString())
            return fail(key, QLatin1String("is not a string")), QString();
        QString text = value.toString();
        if (text.size() > maxLength)
            return fail(key, QLatin1String("is too long")), QString();
        if (!text.isValidUtf16()) // an unpaired surrogate: UTF-8 cannot encode it
            return fail(key, QLatin1String("is not Unicode text")), QString();
        return text;
    }

    std::optional<QString> optionalString(QLatin1String key, qsizetype maxLength)
    {
        const QJsonValue value = m_object.value(key);
        if (value.isUndefined() || value.isNull())
            return std::nullopt;
        return string(key, maxLength);
    }

    bool boolean(QLatin1String key)
    {
        const QJsonValue value = m_object.value(key);
        if (!value.isBool())
            fail(key, QLatin1String("is not a boolean"));
        return value.toBool();
    }

    std::optional<bool> optionalBoolean(QLatin1String key)
    {
        const QJsonValue value = m_object.value(key);
        if (value.isUndefined() || value.isNull())
            return std::nullopt;
        return boolean(key);
    }

    /// A percentage: a number, limited to 0…100 because measured values overshoot sometimes.
    double percent(QLatin1String key)
    {
        const QJsonValue value = m_object.value(key);
        if (!value.isDouble() || !std::isfinite(value.toDouble()))
            return fail(key, QLatin1String("is not a number")), 0;
        return std::clamp(value.toDouble(), 0.0, 100.0);
    }

    std::optional<int> optionalInteger(QLatin1String key, int min, int max)
    {
        const QJsonValue value = m_object.value(key);
        if (value.isUndefined() || value.isNull())
            return std::nullopt;
        return integer(key, min, max);
    }

    int integer(QLatin1String key, int min, int max)
    {
        // A value outside of every range if it is no number.
        const double value = m_object.value(key).toDouble(-1e300);
        if (value < min || value > max || value != std::floor(value))
            return fail(key, QLatin1String("is not an integer in range")), min;
        return static_cast<int>(value);
    }

    /// The caller checks the items: see check().
    QJsonArray array(QLatin1String key, qsizetype maxItems)
    {
        const QJsonValue value = m_object.value(key);
        QJsonArray array = value.toArray();
        if (!value.isArray() || array.size() > maxItems)
            return fail(key, QLatin1String("is not an array in range")), QJsonArray();
        return array;
    }

    /// Records a fault in the field \a key that the caller has found.
    void check(bool good, QLatin1String key)
    {
        if (!good)
            fail(key, QLatin1String("has an item that makes no sense"));
    }

    bool failed() const { return m_error.has_value(); }

    std::optional<QStringList> optionalStrings(QLatin1String key)
    {
        const QJsonValue value = m_object.value(key);
        if (value.isUndefined() || value.isNull())
            return std::nullopt;
        const QJsonArray array = value.toArray();
        if (!value.isArray() || array.size() > maxFeatures)
            return fail(key, QLatin1String("is not a short array")), std::nullopt;
        QStringList list;
        for (const auto &item : array) {
            if (!item.isString() || item.toString().size() > maxConnIdLength
                || !item.toString().isValidUtf16())
                return fail(key, QLatin1String("has an item that is not a short string")), std::nullopt;
            list += item.toString();
        }
        return list;
    }

    /// Empty unless all of its fields are there.
    std::optional<VisitorAddress> visitorAddress()
    {
        const QLatin1String key("source_addr");
        if (!m_object.contains(key))
            return std::nullopt;
        return VisitorAddress{string(key, maxConnIdLength), port(QLatin1String("source_port")),
            string(QLatin1String("target_addr"), maxConnIdLength), port(QLatin1String("target_port"))};
    }

    Result<Message> finish(Message message) const
    {
        if (m_error)
            return *m_error;
        return message;
    }

private:
    int port(QLatin1String key) { return integer(key, 0, 65'535); }

    void fail(QLatin1String key, QLatin1String what)
    {
        if (!m_error)
            m_error =
                Error{Errc::BadField, QStringLiteral("%1: the field \"%2\" %3.").arg(m_variant, key, what)};
    }

    QLatin1String m_variant;
    const QJsonObject &m_object;
    std::optional<Error> m_error;
};

} // namespace frpx::proto
