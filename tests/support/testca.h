// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <QByteArray>
#include <QByteArrayList>

namespace frpx::test {

struct PemPair
{
    QByteArray certificate;
    QByteArray key;
};

enum class KeyKind { Ec, Rsa, Ed25519 };

/// What a certificate is to be like.
struct Wish
{
    QByteArrayList names = {"DNS:localhost"}; ///< as OpenSSL writes alternative names
    qint64 beginsInS = -3600;
    qint64 endsInS = 3600;
    KeyKind key = KeyKind::Ec;
    bool forClients = false;
};

/// A CA of the test's own, which nobody else trusts.
class TestCa
{
public:
    TestCa();

    const QByteArray &certificate() const { return m_pair.certificate; }
    PemPair issue(const Wish &wish = {}) const;

private:
    PemPair m_pair;
};

/// One that has signed itself.
PemPair selfSigned(const Wish &wish = {});

/// \a keyPem behind a passphrase.
QByteArray withPassphrase(const QByteArray &keyPem, const QByteArray &passphrase);

} // namespace frpx::test
