// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QLocale>
#include <QString>
#include <QStringList>

#include <optional>
#include <utility>

namespace frpx::proto {

/// Writes {"Variant":{…}} in the order of the calls, which QJsonObject would sort: an original peer gets the
/// bytes that it expects. It also saves the frequent RequestNewProxyConn a tree of QJsonValues.
class VariantWriter
{
public:
    explicit VariantWriter(QLatin1String variant)
    {
        m_json += "{\"";
        m_json += QByteArrayView(variant);
        m_json += "\":{";
    }

    VariantWriter &field(const char *key, const QString &value)
    {
        begin(key);
        writeString(value);
        return *this;
    }
    VariantWriter &field(const char *key, bool value) { return raw(key, value ? "true" : "false"); }
    VariantWriter &field(const char *key, int value) { return raw(key, QByteArray::number(value)); }
    VariantWriter &field(const char *key, double value) { return raw(key, number(value)); }
    VariantWriter &field(const char *key, const QStringList &values)
    {
        begin(key);
        m_json += '[';
        for (qsizetype i = 0; i < values.size(); ++i) {
            if (i > 0)
                m_json += ',';
            writeString(values.at(i));
        }
        m_json += ']';
        return *this;
    }
    /// \a json is a JSON value already.
    VariantWriter &json(const char *key, const QByteArray &json) { return raw(key, json); }
    /// null when absent, as the original writes its Option fields
    VariantWriter &nullable(const char *key, const std::optional<QString> &value)
    {
        return value ? field(key, *value) : raw(key, "null");
    }
    /// Left out when absent: for extensions.
    template <typename T>
    VariantWriter &optional(const char *key, const std::optional<T> &value)
    {
        return value ? field(key, *value) : *this;
    }

    QByteArray finish() { return m_json + "}}"; }

private:
    static QByteArray number(double value)
    {
        QByteArray text = QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
        // serde writes a float as a float: 5.0, not 5
        if (!text.contains('.') && !text.contains('e'))
            text += ".0";
        return text;
    }

    VariantWriter &raw(const char *key, const QByteArray &json)
    {
        begin(key);
        m_json += json;
        return *this;
    }

    void begin(const char *key)
    {
        if (!m_first)
            m_json += ',';
        m_first = false;
        m_json += '"';
        m_json += key;
        m_json += "\":";
    }

    void writeString(const QString &value)
    {
        static constexpr char hex[] = "0123456789abcdef";
        m_json += '"';
        QByteArray utf8 = value.toUtf8();
        if (value.startsWith(
                QChar::ByteOrderMark)) { // readers take it for a mark and not for part of the text
            m_json += "\\ufeff";
            utf8.remove(0, 3);
        }
        for (const char c : std::as_const(utf8)) {
            if (c == '"' || c == '\\') {
                m_json += '\\';
                m_json += c;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                m_json += "\\u00";
                m_json += hex[c >> 4];
                m_json += hex[c & 0xf];
            } else {
                m_json += c;
            }
        }
        m_json += '"';
    }

    QByteArray m_json;
    bool m_first = true;
};

} // namespace frpx::proto
