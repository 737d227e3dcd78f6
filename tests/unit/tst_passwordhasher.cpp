// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/passwordhasher.h"
#include "frps/accounts/secretbytes.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::server;
using namespace Qt::StringLiterals;

namespace {

constexpr PasswordHasher::Cost least{crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN};

} // namespace

class TestPasswordHasher : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void verifiesWhatItHashed_data();
    void verifiesWhatItHashed();
    void saltsEachHash();
    void refusesWhatIsNoHash_data();
    void refusesWhatIsNoHash();
    void verifiesNothing();
    void tellsWhenTheCostChanged();
    void hashesAtTheUsualCost();
    void movesSecrets();
};

void TestPasswordHasher::verifiesWhatItHashed_data()
{
    QTest::addColumn<QString>("password");
    QTest::newRow("plain") << u"123456"_s;
    QTest::newRow("other letters") << u"pässwörd 😀"_s;
    QTest::newRow("longest") << QString(1024, u'x');
}

void TestPasswordHasher::verifiesWhatItHashed()
{
    QFETCH(const QString, password);
    const PasswordHasher hasher(least);
    const SecretBytes secret(password);
    const auto hash = hasher.hash(secret.view());
    QVERIFY(hash);
    QVERIFY2(hash->startsWith(u"$argon2id$"_s), qPrintable(*hash));
    QVERIFY(hasher.verify(*hash, secret.view()));
    QVERIFY(!hasher.verify(*hash, SecretBytes(password + u"x"_s).view()));
    QVERIFY(!hasher.verify(*hash, SecretBytes(password.chopped(1)).view()));
    QVERIFY(!hasher.verify(*hash, {}));
}

void TestPasswordHasher::saltsEachHash()
{
    const PasswordHasher hasher(least);
    QVERIFY(*hasher.hash("same") != *hasher.hash("same"));
}

void TestPasswordHasher::refusesWhatIsNoHash_data()
{
    QTest::addColumn<QString>("hash");
    QTest::newRow("null") << QString();
    QTest::newRow("a plain password") << u"123456"_s;
    QTest::newRow("too long") << u"$argon2id$"_s + QString(1000, u'x');
}

void TestPasswordHasher::refusesWhatIsNoHash()
{
    QFETCH(const QString, hash);
    QVERIFY(!PasswordHasher(least).verify(hash, "123456"));
}

void TestPasswordHasher::verifiesNothing()
{
    const PasswordHasher hasher(least);
    hasher.prepare();
    QVERIFY(!hasher.verifyNothing("123456"));
    QVERIFY(!hasher.verifyNothing({}));
}

void TestPasswordHasher::tellsWhenTheCostChanged()
{
    const PasswordHasher weak(least);
    const PasswordHasher strong({crypto_pwhash_OPSLIMIT_MIN + 1, crypto_pwhash_MEMLIMIT_MIN});
    const QString hash = *weak.hash("123456");
    QVERIFY(!weak.needsRehash(hash));
    QVERIFY(strong.needsRehash(hash));
    QVERIFY(strong.verify(hash, "123456"));
}

void TestPasswordHasher::hashesAtTheUsualCost()
{
    const PasswordHasher hasher;
    const auto hash = hasher.hash("123456");
    QVERIFY(hash);
    QVERIFY2(hash->contains(u"$m=65536,t=2,p=1$"_s), qPrintable(*hash));
}

void TestPasswordHasher::movesSecrets()
{
    SecretBytes a(u"first");
    SecretBytes b(std::move(a));
    QCOMPARE(b.view().toByteArray(), "first"_ba);
    b = SecretBytes(u"second");
    QCOMPARE(b.view().toByteArray(), "second"_ba);
}

const frpx::test::TestRegistration registration(
    "tst_passwordhasher", frpx::test::runBareTest<TestPasswordHasher>);

#include "tst_passwordhasher.moc"
