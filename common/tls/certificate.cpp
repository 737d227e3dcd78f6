// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/certificate.h"

#include "common/core/walltime.h"

#include <QHostInfo>
#include <QSslCertificate>
#include <QSysInfo>
#include <QTimeZone>

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

using namespace Qt::StringLiterals;

namespace frpx {

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
using BioPtr = std::unique_ptr<BIO, FreeBy<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreeBy<X509_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, FreeBy<X509_EXTENSION_free>>;

constexpr qint64 backdatedS = qint64{24} * 3600; // for peers with slow clocks
constexpr int validYears =
    30; // a peer that has pinned or stored the certificate has to be told of each new one

Error libraryError(QStringView what)
{
    const unsigned long code = ERR_get_error();
    const char *reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return Error{Errc::Io,
        u"%1: %2."_s.arg(what, reason ? QString::fromLatin1(reason) : u"OpenSSL does not say why"_s)};
}

QByteArray contentOf(BIO *bio)
{
    char *data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<qsizetype>(size)};
}

BioPtr bioOf(const QByteArray &bytes)
{
    return BioPtr(BIO_new_mem_buf(bytes.constData(), static_cast<int>(bytes.size())));
}

/// Gives OpenSSL no passphrase: it must not ask on the terminal.
int noPassphrase(char * /*buffer*/, int /*size*/, int /*writing*/, void *asked)
{
    *static_cast<bool *>(asked) = true;
    return -1;
}

/// Null when \a pem contains no key, or one that needs a passphrase.
KeyPtr parseKey(const QByteArray &pem, bool &needsPassphrase)
{
    const BioPtr bio = bioOf(pem);
    KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassphrase, &needsPassphrase));
    ERR_clear_error();
    return key;
}

CertificatePtr parseFirstCertificate(const QByteArray &pem)
{
    const BioPtr bio = bioOf(pem);
    bool unused = false;
    CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, noPassphrase, &unused));
    ERR_clear_error();
    return certificate;
}

QByteArray derOf(X509 *certificate)
{
    unsigned char *data = nullptr;
    const int size = i2d_X509(certificate, &data);
    QByteArray der(reinterpret_cast<const char *>(data), size < 0 ? 0 : size);
    OPENSSL_free(data);
    return der;
}

QDateTime toDateTime(const ASN1_TIME *asn1)
{
    tm parts{};
    if (ASN1_TIME_to_tm(asn1, &parts) != 1)
        return {};
    const QDate date(parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
    const QTime time(parts.tm_hour, parts.tm_min, parts.tm_sec);
    return QDateTime(date, time, QTimeZone::utc()).toUTC();
}

bool addExtension(X509 *certificate, int nid, const QByteArray &value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.constData()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool setSerial(X509 *certificate)
{
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), bytes.size()) != 1)
        return false;
    // Positive, and always of the same length.
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7fU) | 0x40U);
    const std::unique_ptr<BIGNUM, FreeBy<BN_free>> number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

bool setName(X509 *certificate, const QByteArray &commonName)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    const auto *text = reinterpret_cast<const unsigned char *>(commonName.constData());
    return X509_NAME_add_entry_by_txt(
               name, "CN", MBSTRING_UTF8, text, static_cast<int>(commonName.size()), -1, 0)
        == 1
        && X509_set_issuer_name(certificate, name) == 1;
}

/// Valid also when the clock is wrong now and is corrected later, in either direction from the build date.
bool setValidity(X509 *certificate, const QDateTime &now)
{
    const QDateTime built = QDateTime::fromMSecsSinceEpoch(buildDateMs(), QTimeZone::utc());
    const auto at = [](ASN1_TIME *field, const QDateTime &time) {
        return ASN1_TIME_set(field, static_cast<time_t>(time.toSecsSinceEpoch())) != nullptr;
    };
    return at(X509_getm_notBefore(certificate), std::min(now, built).addSecs(-backdatedS))
        && at(X509_getm_notAfter(certificate), std::max(now, built).addYears(validYears));
}

/// Only letters, digits, dots and hyphens: other characters have a meaning in OpenSSL's list of names.
bool isDnsName(const QString &name)
{
    const auto fits = [](QChar c) {
        return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') || (c >= u'0' && c <= u'9') || c == u'.'
            || c == u'-';
    };
    return !name.isEmpty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), fits);
}

Result<QByteArray> signedCertificate(EVP_PKEY *key, const QStringList &names, const QDateTime &now)
{
    QByteArrayList alternatives;
    for (const QString &name : names) {
        if (isDnsName(name))
            alternatives += "DNS:" + name.toLatin1();
    }
    alternatives += {"IP:127.0.0.1"_ba, "IP:::1"_ba};
    const QByteArray commonName = names.isEmpty() ? "frpx"_ba : names.first().toUtf8().left(64);

    const CertificatePtr certificate(X509_new());
    const bool made = certificate && X509_set_version(certificate.get(), 2) == 1 // which is version 3
        && setSerial(certificate.get()) && setName(certificate.get(), commonName)
        && setValidity(certificate.get(), now) && X509_set_pubkey(certificate.get(), key) == 1
        && addExtension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE"_ba)
        && addExtension(certificate.get(), NID_key_usage, "critical,digitalSignature"_ba)
        && addExtension(certificate.get(), NID_ext_key_usage, "serverAuth"_ba)
        && addExtension(certificate.get(), NID_subject_alt_name, alternatives.join(','))
        && addExtension(certificate.get(), NID_subject_key_identifier, "hash"_ba)
        && X509_sign(certificate.get(), key, EVP_sha256()) > 0;
    const BioPtr out(BIO_new(BIO_s_mem()));
    if (!made || !out || PEM_write_bio_X509(out.get(), certificate.get()) != 1)
        return libraryError(u"A certificate cannot be created");
    return contentOf(out.get());
}

} // namespace

Result<PrivateFileContent> readPem(const QString &file)
{
    Result<std::optional<PrivateFileContent>> content = readPrivateFile(file, maxPemFile);
    if (!content)
        return content.error();
    if (!*content)
        return Error{Errc::Io, u"There is no %1."_s.arg(file)};
    return **std::move(content);
}

Result<TlsIdentity> makeSelfSigned(const QStringList &names, const QDateTime &now)
{
    const KeyPtr key(EVP_EC_gen("P-256"));
    const BioPtr out(BIO_new(BIO_s_mem()));
    if (!key || !out
        || PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
        return libraryError(u"A key cannot be created");
    const Result<QByteArray> certificate = signedCertificate(key.get(), names, now);
    if (!certificate)
        return certificate.error();
    return TlsIdentity{*certificate, contentOf(out.get())};
}

Result<TlsIdentity> makeSelfSigned(const QByteArray &keyPem, const QStringList &names, const QDateTime &now)
{
    bool needsPassphrase = false;
    const KeyPtr key = parseKey(keyPem, needsPassphrase);
    if (!key)
        return Error{Errc::InvalidArgument, u"This is no private key."_s};
    const Result<QByteArray> certificate = signedCertificate(key.get(), names, now);
    if (!certificate)
        return certificate.error();
    return TlsIdentity{*certificate, keyPem};
}

QStringList ownServerNames()
{
    QStringList names{u"frpx"_s, u"localhost"_s};
    const QString machine = QSysInfo::machineHostName();
    const QString domain = QHostInfo::localDomainName();
    if (!machine.isEmpty())
        names << machine;
    if (!machine.isEmpty() && !domain.isEmpty() && !machine.contains(u'.'))
        names << machine + u'.' + domain;
    names.removeDuplicates();
    return names;
}

Result<CheckedIdentity> checkIdentity(
    const TlsIdentity &identity, const QString &certificateName, const QString &keyName, const QDateTime &now)
{
    const CertificatePtr certificate = parseFirstCertificate(identity.certificatePem);
    if (!certificate)
        return Error{Errc::InvalidArgument, u"%1 holds no certificate in PEM form."_s.arg(certificateName)};
    bool needsPassphrase = false;
    const KeyPtr key = parseKey(identity.keyPem, needsPassphrase);
    if (needsPassphrase) {
        return Error{Errc::InvalidArgument,
            u"The key in %1 has a passphrase, and there is no terminal to ask for it; remove it by "
            "openssl pkey -in %1 -out KEY."_s.arg(keyName)};
    }
    if (!key)
        return Error{Errc::InvalidArgument, u"%1 holds no private key in PEM form."_s.arg(keyName)};
    const int kind = EVP_PKEY_get_base_id(key.get());
    if (kind != EVP_PKEY_EC && kind != EVP_PKEY_RSA) {
        return Error{Errc::InvalidArgument, u"The key in %1 is neither an EC nor an RSA key."_s.arg(keyName)};
    }
    const bool belongs = X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    if (!belongs) {
        return Error{Errc::InvalidArgument,
            u"The key in %1 is not the one of the certificate in %2."_s.arg(keyName, certificateName)};
    }

    CheckedIdentity result;
    result.identity = identity;
    result.fingerprint = Fingerprint::ofDer(derOf(certificate.get()));
    result.expires = toDateTime(X509_get0_notAfter(certificate.get()));
    const QDateTime begins = toDateTime(X509_get0_notBefore(certificate.get()));
    if (result.expires < now) {
        result.warnings << u"The certificate in %1 has expired on %2."_s.arg(
            certificateName, result.expires.toString(Qt::ISODate));
    }
    if (begins > now) {
        result.warnings << u"The certificate in %1 is not valid before %2."_s.arg(
            certificateName, begins.toString(Qt::ISODate));
    }
    return result;
}

Result<CheckedIdentity> loadIdentity(
    const QString &certificateFile, const QString &keyFile, const QDateTime &now, const PemReader &read)
{
    const Result<PrivateFileContent> certificate = read(certificateFile);
    if (!certificate)
        return certificate.error();
    const Result<PrivateFileContent> key = read(keyFile);
    if (!key)
        return key.error();
    Result<CheckedIdentity> result =
        checkIdentity({certificate->bytes, key->bytes}, certificateFile, keyFile, now);
    if (result && key->readableByOthers)
        result->warnings << u"Other users of this machine can read the key in %1; run: chmod 600 %1"_s.arg(
            keyFile);
    return result;
}

Result<QByteArray> loadCertificates(const QString &file, const PemReader &read)
{
    const Result<PrivateFileContent> pem = read(file);
    if (!pem)
        return pem.error();
    if (QSslCertificate::fromData(pem->bytes, QSsl::Pem).isEmpty())
        return Error{Errc::InvalidArgument, u"%1 holds no certificate in PEM form."_s.arg(file)};
    return pem->bytes;
}

} // namespace frpx
