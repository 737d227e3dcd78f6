// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/fingerprint.h"

#include <QCryptographicHash>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace frpx {

constexpr auto prefix = "SHA256:"_L1;

Fingerprint::Fingerprint()
    : m_bytes(size, '\0')
{ }

Fingerprint Fingerprint::ofDer(const QByteArray &der)
{
    Fingerprint result;
    result.m_bytes = QCryptographicHash::hash(der, QCryptographicHash::Sha256);
    return result;
}

std::optional<Fingerprint> Fingerprint::fromBytes(const QByteArray &bytes)
{
    if (bytes.size() != size)
        return std::nullopt;
    Fingerprint result;
    result.m_bytes = bytes;
    return result;
}

std::optional<Fingerprint> Fingerprint::parse(QStringView text)
{
    if (text.startsWith(prefix, Qt::CaseInsensitive))
        text = text.sliced(prefix.size());
    constexpr qsizetype digits = 2 * size;
    QByteArray hex;
    if (text.size() == digits + size - 1) {
        for (qsizetype i = 0; i < text.size(); ++i) {
            const bool isColon = i % 3 == 2;
            if (isColon != (text[i] == u':'))
                return std::nullopt;
            if (!isColon)
                hex += text[i].toLatin1();
        }
    } else if (text.size() == digits) {
        hex = text.toLatin1();
    } else {
        return std::nullopt;
    }
    const auto isDigit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    if (!std::all_of(hex.begin(), hex.end(), isDigit))
        return std::nullopt;
    return fromBytes(QByteArray::fromHex(hex));
}

QString Fingerprint::toString() const
{
    return prefix + QString::fromLatin1(m_bytes.toHex(':').toUpper());
}

} // namespace frpx
