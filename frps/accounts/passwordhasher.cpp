// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/passwordhasher.h"

#include "frps/accounts/secretbytes.h"
#include "frps/accounts/token.h"

#include <array>

using namespace Qt::StringLiterals;

namespace frpx::server {

namespace {

/// libsodium needs a pointer also for an empty text.
const char *dataOf(QByteArrayView bytes)
{
    return bytes.isNull() ? "" : bytes.data();
}

} // namespace

PasswordHasher::PasswordHasher()
    : PasswordHasher(Cost{})
{ }

PasswordHasher::PasswordHasher(Cost cost)
    : m_cost(cost)
{ }

Result<QString> PasswordHasher::hash(QByteArrayView password) const
{
    if (!sodiumReady())
        return Error{Errc::Io, u"The cryptographic library does not work here."_s};
    std::array<char, crypto_pwhash_STRBYTES> text{};
    if (crypto_pwhash_str_alg(text.data(), dataOf(password), static_cast<unsigned long long>(password.size()),
            m_cost.operations, m_cost.memoryBytes, crypto_pwhash_ALG_ARGON2ID13)
        != 0)
        return Error{Errc::Io, u"There is not enough memory to hash a password."_s};
    return QString::fromLatin1(text.data());
}

bool PasswordHasher::verify(const QString &hash, QByteArrayView password) const
{
    const QByteArray text = hash.toLatin1();
    return sodiumReady() && text.size() < qsizetype(crypto_pwhash_STRBYTES)
        && crypto_pwhash_str_verify(
               text.constData(), dataOf(password), static_cast<unsigned long long>(password.size()))
        == 0;
}

bool PasswordHasher::verifyNothing(QByteArrayView password) const
{
    // The dummy hash is of a random password, so the result is always false.
    (void)verify(dummyHash(), password);
    return false;
}

void PasswordHasher::prepare() const
{
    (void)dummyHash();
}

bool PasswordHasher::needsRehash(const QString &hash) const
{
    const QByteArray text = hash.toLatin1();
    return sodiumReady()
        && crypto_pwhash_str_needs_rehash(text.constData(), m_cost.operations, m_cost.memoryBytes) != 0;
}

const QString &PasswordHasher::dummyHash() const
{
    std::call_once(m_dummyMade, [this] {
        if (auto made = hash(newToken().toLatin1()))
            m_dummyHash = *made;
    });
    return m_dummyHash;
}

} // namespace frpx::server
