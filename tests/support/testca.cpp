// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/support/testca.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace frpx::test {

namespace {

template <auto function>
struct FreeBy
{
    template <typename T>
    void operator()(T *object) const
    {
        function(object);
    }
};
using Bio = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeBy<X509_free>>;

void require(bool done)
{
    if (!done)
        qFatal("OpenSSL does not do what the test needs.");
}

QByteArray contentOf(const Bio &bio)
{
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<qsizetype>(size)};
}

Bio bioOf(const QByteArray &bytes)
{
    return Bio(BIO_new_mem_buf(bytes.constData(), static_cast<int>(bytes.size())));
}

Key makeKey(KeyKind kind)
{
    switch (kind) {
    case KeyKind::Rsa:
        return Key(EVP_RSA_gen(2048));
    case KeyKind::Ed25519:
        return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case KeyKind::Ec:
        break;
    }
    return Key(EVP_EC_gen("P-256"));
}

Key readKey(const QByteArray &pem)
{
    const Bio bio = bioOf(pem);
    return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

QByteArray write(EVP_PKEY *key)
{
    const Bio out(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return contentOf(out);
}

void extend(X509 *certificate, int nid, const QByteArray &value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.constData());
    require(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/// Signed by \a issuer, or by itself.
PemPair make(const char *name, const Wish &wish, bool isCa, const PemPair *issuer)
{
    const Key key = makeKey(wish.key);
    const Certificate certificate(X509_new());
    require(key && certificate && X509_set_version(certificate.get(), 2) == 1);
    static long serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), static_cast<long>(wish.beginsInS));
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), static_cast<long>(wish.endsInS));
    X509_NAME *subject = X509_get_subject_name(certificate.get());
    const auto *text = reinterpret_cast<const unsigned char *>(name);
    require(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1);
    require(X509_set_pubkey(certificate.get(), key.get()) == 1);
    extend(certificate.get(), NID_basic_constraints, isCa ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (isCa) {
        extend(certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        extend(certificate.get(), NID_ext_key_usage, wish.forClients ? "clientAuth" : "serverAuth");
        if (!wish.names.isEmpty())
            extend(certificate.get(), NID_subject_alt_name, wish.names.join(','));
    }

    Key issuerKey;
    if (issuer) {
        const Bio bio = bioOf(issuer->certificate);
        const Certificate parent(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
        require(parent && X509_set_issuer_name(certificate.get(), X509_get_subject_name(parent.get())) == 1);
        issuerKey = readKey(issuer->key);
    } else {
        require(X509_set_issuer_name(certificate.get(), subject) == 1);
    }
    EVP_PKEY *signer = issuer ? issuerKey.get() : key.get();
    const bool hashesItself = EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519;
    require(X509_sign(certificate.get(), signer, hashesItself ? nullptr : EVP_sha256()) > 0);
    const Bio out(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_X509(out.get(), certificate.get()) == 1);
    return {contentOf(out), write(key.get())};
}

} // namespace

TestCa::TestCa()
    : m_pair(make("A CA of the tests", {}, true, nullptr))
{ }

PemPair TestCa::issue(const Wish &wish) const
{
    return make("issued", wish, false, &m_pair);
}

PemPair selfSigned(const Wish &wish)
{
    return make("on its own", wish, false, nullptr);
}

QByteArray withPassphrase(const QByteArray &keyPem, const QByteArray &passphrase)
{
    const Key key = readKey(keyPem);
    const Bio out(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), passphrase.constData(),
                static_cast<int>(passphrase.size()), nullptr, nullptr)
        == 1);
    return contentOf(out);
}

} // namespace frpx::test
