// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/walltime.h"
#include "common/tls/certificate.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QSslCertificate>
#include <QSslCertificateExtension>
#include <QSslKey>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace frpx;
using namespace frpx::test;
using namespace Qt::StringLiterals;

class TestCertificate : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void makesOneForManyYears();
    void makesAnotherOneEachTime();
    void makesOneForAGivenKey();
    void isGoodWhateverTheClockSays_data();
    void isGoodWhateverTheClockSays();
    void leavesOutNamesThatAreNone();
    void loadsAPair_data();
    void loadsAPair();
    void refusesWhatIsNoPair_data();
    void refusesWhatIsNoPair();
    void warnsOfTheTime_data();
    void warnsOfTheTime();
    void warnsOfAKeyThatOthersCanRead();
    void loadsCertificatesOfCas();

private:
    QString write(const QString &name, const QByteArray &content) const
    {
        QFile file(m_directory->filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("The file cannot be written.");
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        return file.fileName();
    }

    const QDateTime m_now = QDateTime::currentDateTimeUtc();
    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestCertificate::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
}

void TestCertificate::makesOneForManyYears()
{
    const Result<TlsIdentity> made = makeSelfSigned({u"frpx"_s, u"host.example"_s}, m_now);
    QVERIFY(made);
    const QList<QSslCertificate> chain = QSslCertificate::fromData(made->certificatePem);
    QCOMPARE(chain.size(), 1);
    const QSslCertificate &certificate = chain.first();
    QCOMPARE(certificate.subjectInfo(QSslCertificate::CommonName), QStringList{u"frpx"_s});
    QCOMPARE(certificate.issuerDisplayName(), certificate.subjectDisplayName());
    QVERIFY(certificate.effectiveDate() < m_now);
    QVERIFY(certificate.expiryDate() > m_now.addYears(29));
    const auto names = certificate.subjectAlternativeNames();
    QCOMPARE(names.values(QSsl::DnsEntry).size(), 2);
    QVERIFY(names.values(QSsl::DnsEntry).contains(u"host.example"_s));
    QVERIFY(names.values(QSsl::IpAddressEntry).contains(u"127.0.0.1"_s));
    QCOMPARE(certificate.publicKey().algorithm(), QSsl::Ec);
    QCOMPARE(certificate.publicKey().length(), 256);

    const Result<CheckedIdentity> checked = checkIdentity(*made, u"c"_s, u"k"_s, m_now);
    QVERIFY(checked);
    QCOMPARE(checked->fingerprint, Fingerprint::ofDer(certificate.toDer()));
    QCOMPARE(checked->expires, certificate.expiryDate());
    QVERIFY(checked->warnings.isEmpty());
}

void TestCertificate::makesAnotherOneEachTime()
{
    const Result<TlsIdentity> one = makeSelfSigned({u"frpx"_s}, m_now);
    const Result<TlsIdentity> other = makeSelfSigned({u"frpx"_s}, m_now);
    QVERIFY(one && other);
    QVERIFY(one->keyPem != other->keyPem);
    QVERIFY(QSslCertificate(one->certificatePem).serialNumber()
        != QSslCertificate(other->certificatePem).serialNumber());
}

void TestCertificate::makesOneForAGivenKey()
{
    const Result<TlsIdentity> first = makeSelfSigned({u"frpx"_s}, m_now);
    QVERIFY(first);
    const Result<TlsIdentity> second = makeSelfSigned(first->keyPem, {u"frpx"_s}, m_now);
    QVERIFY(second);
    QCOMPARE(second->keyPem, first->keyPem);
    QVERIFY(checkIdentity(*second, u"c"_s, u"k"_s, m_now));
    QVERIFY(!makeSelfSigned("no key"_ba, {u"frpx"_s}, m_now));
}

void TestCertificate::isGoodWhateverTheClockSays_data()
{
    QTest::addColumn<QDateTime>("wrong");
    QTest::newRow("behind") << QDateTime(QDate(1970, 1, 1), QTime(0, 1), Qt::UTC);
    QTest::newRow("ahead") << QDateTime(QDate(2040, 1, 1), QTime(0, 1), Qt::UTC);
    QTest::newRow("right") << QDateTime::fromMSecsSinceEpoch(buildDateMs()).addDays(30);
}

void TestCertificate::isGoodWhateverTheClockSays()
{
    QFETCH(const QDateTime, wrong);
    const Result<TlsIdentity> made = makeSelfSigned({u"frpx"_s}, wrong);
    QVERIFY(made);
    const QDateTime built = QDateTime::fromMSecsSinceEpoch(buildDateMs());
    for (const QDateTime &later : {wrong, built, built.addDays(1), built.addYears(25)}) {
        const Result<CheckedIdentity> checked = checkIdentity(*made, u"c"_s, u"k"_s, later);
        QVERIFY(checked);
        QVERIFY2(checked->warnings.isEmpty(), qPrintable(checked->warnings.join(u'\n')));
    }
}

void TestCertificate::leavesOutNamesThatAreNone()
{
    const Result<TlsIdentity> made =
        makeSelfSigned({u"frpx"_s, u"evil,IP:192.0.2.1"_s, u"white space"_s, QString()}, m_now);
    QVERIFY(made);
    const auto names = QSslCertificate(made->certificatePem).subjectAlternativeNames();
    QCOMPARE(names.values(QSsl::DnsEntry), QStringList{u"frpx"_s});
    QCOMPARE(names.values(QSsl::IpAddressEntry).size(), 2);
}

void TestCertificate::loadsAPair_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<bool>("inOneFile");
    QTest::newRow("EC") << int(KeyKind::Ec) << false;
    QTest::newRow("RSA") << int(KeyKind::Rsa) << false;
    QTest::newRow("in one file") << int(KeyKind::Ec) << true;
}

void TestCertificate::loadsAPair()
{
    QFETCH(const int, kind);
    QFETCH(const bool, inOneFile);
    const TestCa ca;
    const PemPair pair = ca.issue({.key = KeyKind(kind)});
    const QString certificate =
        write(u"c.pem"_s, pair.certificate + ca.certificate() + (inOneFile ? pair.key : QByteArray()));
    const QString key = inOneFile ? certificate : write(u"k.pem"_s, pair.key);
    const Result<CheckedIdentity> loaded = loadIdentity(certificate, key, m_now);
    QVERIFY2(loaded, loaded ? "" : qPrintable(loaded.error().detail));
    QCOMPARE(loaded->fingerprint, Fingerprint::ofDer(QSslCertificate(pair.certificate).toDer()));
    QCOMPARE(QSslCertificate::fromData(loaded->identity.certificatePem).size(), 2);
    QVERIFY(loaded->warnings.isEmpty());
}

void TestCertificate::refusesWhatIsNoPair_data()
{
    QTest::addColumn<QByteArray>("certificate");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QString>("named");
    QTest::addColumn<int>("code");
    const PemPair pair = selfSigned();
    const PemPair other = selfSigned();
    const PemPair curve = selfSigned({.key = KeyKind::Ed25519});
    const int bad = int(Errc::InvalidArgument);
    QTest::newRow("no certificate") << QByteArray() << pair.key << u"there is no"_s << int(Errc::Io);
    QTest::newRow("no key") << pair.certificate << QByteArray() << u"there is no"_s << int(Errc::Io);
    QTest::newRow("empty certificate") << "\n"_ba << pair.key << u"c.pem holds no certificate"_s << bad;
    QTest::newRow("empty key") << pair.certificate << "\n"_ba << u"k.pem holds no private key"_s << bad;
    QTest::newRow("the other way round")
        << pair.key << pair.certificate << u"c.pem holds no certificate"_s << bad;
    QTest::newRow("half a certificate")
        << pair.certificate.first(300) << pair.key << u"c.pem holds no certificate"_s << bad;
    QTest::newRow("half a key") << pair.certificate << pair.key.first(100) << u"k.pem holds no private key"_s
                                << bad;
    QTest::newRow("another key") << pair.certificate << other.key << u"is not the one of"_s << bad;
    QTest::newRow("passphrase") << pair.certificate << withPassphrase(pair.key, "secret"_ba)
                                << u"has a passphrase"_s << bad;
    QTest::newRow("kind of key") << curve.certificate << curve.key << u"neither an EC nor an RSA key"_s
                                 << bad;
    QTest::newRow("too large") << pair.certificate + QByteArray(maxPemFile, '\n') << pair.key
                               << u"larger than"_s << int(Errc::Io);
}

void TestCertificate::refusesWhatIsNoPair()
{
    QFETCH(const QByteArray, certificate);
    QFETCH(const QByteArray, key);
    QFETCH(const QString, named);
    QFETCH(const int, code);
    const QString certificateFile =
        certificate.isEmpty() ? m_directory->filePath(u"c.pem"_s) : write(u"c.pem"_s, certificate);
    const QString keyFile = key.isEmpty() ? m_directory->filePath(u"k.pem"_s) : write(u"k.pem"_s, key);
    const Result<CheckedIdentity> loaded = loadIdentity(certificateFile, keyFile, m_now);
    QVERIFY(!loaded);
    QCOMPARE(int(loaded.error().code), code);
    QVERIFY2(loaded.error().detail.contains(named, Qt::CaseInsensitive), qPrintable(loaded.error().detail));
    QVERIFY2(!loaded.error().detail.contains("PRIVATE KEY"_L1), qPrintable(loaded.error().detail));
}

void TestCertificate::warnsOfTheTime_data()
{
    QTest::addColumn<int>("begins");
    QTest::addColumn<int>("ends");
    QTest::addColumn<QString>("warning");
    QTest::newRow("expired") << -7200 << -3600 << u"has expired on"_s;
    QTest::newRow("early") << 3600 << 7200 << u"is not valid before"_s;
}

void TestCertificate::warnsOfTheTime()
{
    QFETCH(const int, begins);
    QFETCH(const int, ends);
    QFETCH(const QString, warning);
    const PemPair pair = selfSigned({.beginsInS = begins, .endsInS = ends});
    const Result<CheckedIdentity> loaded =
        loadIdentity(write(u"c.pem"_s, pair.certificate), write(u"k.pem"_s, pair.key), m_now);
    QVERIFY(loaded);
    QCOMPARE(loaded->warnings.size(), 1);
    QVERIFY2(loaded->warnings.first().contains(warning), qPrintable(loaded->warnings.first()));
}

void TestCertificate::warnsOfAKeyThatOthersCanRead()
{
#ifdef Q_OS_WIN
    QSKIP("Windows has no such mode.");
#endif
    const PemPair pair = selfSigned();
    const QString key = write(u"k.pem"_s, pair.key);
    QVERIFY(QFile::setPermissions(key, QFile::ReadOwner | QFile::ReadOther));
    const Result<CheckedIdentity> loaded = loadIdentity(write(u"c.pem"_s, pair.certificate), key, m_now);
    QVERIFY(loaded);
    QCOMPARE(loaded->warnings.size(), 1);
    QVERIFY(loaded->warnings.first().contains("chmod 600"_L1));
}

void TestCertificate::loadsCertificatesOfCas()
{
    const TestCa one;
    const TestCa other;
    const QByteArray both = one.certificate() + other.certificate();
    const Result<QByteArray> loaded = loadCertificates(write(u"ca.pem"_s, both));
    QVERIFY(loaded);
    QCOMPARE(*loaded, both);
    const Result<QByteArray> empty = loadCertificates(write(u"empty.pem"_s, "nothing\n"_ba));
    QVERIFY(!empty);
    QCOMPARE(empty.error().code, Errc::InvalidArgument);
    QCOMPARE(loadCertificates(m_directory->filePath(u"none.pem"_s)).error().code, Errc::Io);
    QCOMPARE(loadCertificates(m_directory->path()).error().code, Errc::Io);
}

const frpx::test::TestRegistration registration("tst_certificate", frpx::test::runTest<TestCertificate>);

#include "tst_certificate.moc"
