// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/tls/ownidentity.h"
#include "tests/support/testca.h"
#include "tests/support/testregistry.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <future>
#include <memory>
#include <vector>

#include <sys/stat.h>

using namespace frpx;
using namespace frpx::server;
using namespace frpx::test;
using namespace Qt::StringLiterals;

class TestOwnIdentity : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();

    void makesThePairOnce();
    void makesNothingWhenItOnlyLoads();
    void isForItsOwnerOnly();
    void takesOthersRightsAway();
    void manyThatStartAtOnceHaveOnePair();
    void givesALoneKeyItsCertificate();
    void refusesALoneCertificate();
    void refusesDamage_data();
    void refusesDamage();
    void saysWhenTheDirectoryCannotBeUsed();
    void makesTheDirectory();

private:
    OwnIdentity own() const { return OwnIdentity(m_directory->path()); }
    static mode_t mode(const QString &file)
    {
        struct stat status = {};
        ::stat(QFile::encodeName(file).constData(), &status);
        return status.st_mode & 0777;
    }

    const QDateTime m_now = QDateTime::currentDateTimeUtc();
    std::unique_ptr<QTemporaryDir> m_directory;
};

void TestOwnIdentity::init()
{
    m_directory = std::make_unique<QTemporaryDir>();
}

void TestOwnIdentity::makesThePairOnce()
{
    const Result<CheckedIdentity> first = own().loadOrMake(m_now);
    QVERIFY2(first, first ? "" : qPrintable(first.error().detail));
    const Result<CheckedIdentity> second = own().loadOrMake(m_now.addDays(1));
    QVERIFY(second);
    QCOMPARE(second->fingerprint, first->fingerprint);
    const Result<CheckedIdentity> loaded = own().load(m_now);
    QVERIFY(loaded);
    QCOMPARE(loaded->fingerprint, first->fingerprint);
    QCOMPARE(QDir(m_directory->path()).entryList(QDir::Files | QDir::Hidden, QDir::Name),
        (QStringList{u"tls-cert.pem"_s, u"tls-key.pem"_s}));
}

void TestOwnIdentity::makesNothingWhenItOnlyLoads()
{
    QCOMPARE(own().load(m_now).error().code, Errc::NotFound);
    QVERIFY(QDir(m_directory->path()).isEmpty());
}

void TestOwnIdentity::isForItsOwnerOnly()
{
    const mode_t before = ::umask(0);
    QVERIFY(own().loadOrMake(m_now));
    ::umask(before);
    QCOMPARE(mode(own().keyFile()), 0600U);
    QCOMPARE(mode(own().certificateFile()), 0600U);
}

void TestOwnIdentity::takesOthersRightsAway()
{
    QVERIFY(own().loadOrMake(m_now));
    QVERIFY(QFile::setPermissions(own().keyFile(), QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther));
    const Result<CheckedIdentity> again = own().loadOrMake(m_now);
    QVERIFY(again);
    QVERIFY(again->warnings.isEmpty());
    QCOMPARE(mode(own().keyFile()), 0600U);
}

void TestOwnIdentity::manyThatStartAtOnceHaveOnePair()
{
    std::vector<std::future<Result<CheckedIdentity>>> starts;
    for (int i = 0; i < 8; ++i)
        starts.push_back(std::async(std::launch::async, [this] { return own().loadOrMake(m_now); }));
    std::vector<Fingerprint> seen;
    for (auto &start : starts) {
        const Result<CheckedIdentity> result = start.get();
        QVERIFY2(result, result ? "" : qPrintable(result.error().detail));
        seen.push_back(result->fingerprint);
    }
    QVERIFY(std::all_of(
        seen.begin(), seen.end(), [&seen](const Fingerprint &one) { return one == seen.front(); }));
}

void TestOwnIdentity::givesALoneKeyItsCertificate()
{
    const Result<CheckedIdentity> first = own().loadOrMake(m_now);
    QVERIFY(first);
    QVERIFY(QFile::remove(own().certificateFile()));
    const Result<CheckedIdentity> mended = own().loadOrMake(m_now);
    QVERIFY2(mended, mended ? "" : qPrintable(mended.error().detail));
    QCOMPARE(mended->identity.keyPem, first->identity.keyPem);
    QVERIFY(mended->fingerprint != first->fingerprint);
}

void TestOwnIdentity::refusesALoneCertificate()
{
    QVERIFY(own().loadOrMake(m_now));
    QVERIFY(QFile::remove(own().keyFile()));
    const Result<CheckedIdentity> refused = own().loadOrMake(m_now);
    QVERIFY(!refused);
    QVERIFY2(refused.error().detail.contains(own().keyFile()), qPrintable(refused.error().detail));
    QVERIFY(!QFile::exists(own().keyFile()));
}

void TestOwnIdentity::refusesDamage_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty key") << u"tls-key.pem"_s << QByteArray();
    QTest::newRow("empty certificate") << u"tls-cert.pem"_s << QByteArray();
    QTest::newRow("another key") << u"tls-key.pem"_s << selfSigned().key;
    QTest::newRow("another certificate") << u"tls-cert.pem"_s << selfSigned().certificate;
}

void TestOwnIdentity::refusesDamage()
{
    QFETCH(const QString, file);
    QFETCH(const QByteArray, content);
    QVERIFY(own().loadOrMake(m_now));
    QFile damaged(m_directory->filePath(file));
    QVERIFY(damaged.open(QIODevice::WriteOnly | QIODevice::Truncate));
    QCOMPARE(damaged.write(content), content.size());
    damaged.close();
    const Result<CheckedIdentity> refused = own().loadOrMake(m_now);
    QVERIFY(!refused);
    QVERIFY2(refused.error().detail.contains(file), qPrintable(refused.error().detail));
    QVERIFY(damaged.open(QIODevice::ReadOnly)); // what is left may be worth something to somebody
    QCOMPARE(damaged.readAll(), content);
}

void TestOwnIdentity::saysWhenTheDirectoryCannotBeUsed()
{
    QFile file(m_directory->filePath(u"file"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    for (const QString &name : {file.fileName(), file.fileName() + u"/below"_s}) {
        const Result<CheckedIdentity> refused = OwnIdentity(name).loadOrMake(m_now);
        QVERIFY(!refused);
        QVERIFY2(refused.error().detail.contains(name), qPrintable(refused.error().detail));
    }
}

void TestOwnIdentity::makesTheDirectory()
{
    const QString name = m_directory->filePath(u"not/yet"_s);
    QVERIFY(OwnIdentity(name).loadOrMake(m_now));
    QCOMPARE(
        QFile::permissions(name) & (QFile::ReadGroup | QFile::ExeGroup | QFile::ReadOther | QFile::ExeOther),
        QFile::Permissions());
}

const frpx::test::TestRegistration registration("tst_ownidentity", frpx::test::runTest<TestOwnIdentity>);

#include "tst_ownidentity.moc"
