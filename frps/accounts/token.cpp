// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/token.h"

#include "frps/accounts/secretbytes.h"

#include <QCryptographicHash>

#include <algorithm>
#include <array>

#include <sodium.h>

namespace frpx::server {

QString newToken()
{
    if (!sodiumReady())
        qFatal("The cryptographic library does not work here.");
    std::array<unsigned char, tokenLength / 2> bytes{};
    std::array<char, tokenLength + 1> digits{};
    randombytes_buf(bytes.data(), bytes.size());
    sodium_bin2hex(digits.data(), digits.size(), bytes.data(), bytes.size());
    QString token = QString::fromLatin1(digits.data(), tokenLength);
    sodium_memzero(bytes.data(), bytes.size());
    sodium_memzero(digits.data(), digits.size());
    return token;
}

bool isTokenShaped(QStringView text)
{
    const auto isDigit = [](QChar c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f'); };
    return text.size() == tokenLength && std::all_of(text.begin(), text.end(), isDigit);
}

QByteArray tokenHash(QStringView token)
{
    return QCryptographicHash::hash(token.toUtf8(), QCryptographicHash::Sha256).toHex();
}

QString tokenPrefix(QStringView token)
{
    constexpr qsizetype prefixLength = 8;
    return token.first(std::min(token.size(), prefixLength)).toString();
}

} // namespace frpx::server
