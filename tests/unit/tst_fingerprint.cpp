// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/tls/fingerprint.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestFingerprint : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void hasOneWrittenForm();
    void readsWhatPeopleWrite_data();
    void readsWhatPeopleWrite();
    void refusesAnythingElse_data();
    void refusesAnythingElse();
    void takesExactlyItsBytes();
};

// printf abc | sha256sum
const auto hexOfAbc = u"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"_s;
const auto written =
    u"SHA256:BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD"_s;

void TestFingerprint::hasOneWrittenForm()
{
    QCOMPARE(Fingerprint::ofDer("abc"_ba).toString(), written);
    QVERIFY(Fingerprint::ofDer("abc"_ba) != Fingerprint::ofDer("abd"_ba));
    QVERIFY(Fingerprint::ofDer("abc"_ba) != Fingerprint());
}

void TestFingerprint::readsWhatPeopleWrite_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("as written") << written;
    QTest::newRow("small letters") << written.toLower();
    QTest::newRow("without the name of the hash") << written.sliced(7);
    QTest::newRow("without colons") << u"SHA256:"_s + hexOfAbc;
    QTest::newRow("bare") << hexOfAbc;
    QTest::newRow("bare, large letters") << hexOfAbc.toUpper();
}

void TestFingerprint::readsWhatPeopleWrite()
{
    QFETCH(const QString, text);
    QVERIFY(Fingerprint::parse(text) == Fingerprint::ofDer("abc"_ba));
}

void TestFingerprint::refusesAnythingElse_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("nothing") << QString();
    QTest::newRow("only the name") << u"SHA256:"_s;
    QTest::newRow("too short") << hexOfAbc.chopped(2);
    QTest::newRow("too long") << QString(hexOfAbc + u"00"_s);
    QTest::newRow("another hash") << QString(u"SHA512:"_s + hexOfAbc);
    QTest::newRow("no hex digit") << QString(hexOfAbc.chopped(1) + u'g');
    QTest::newRow("not Latin") << QString(hexOfAbc.chopped(1) + QChar(0x0663));
    QTest::newRow("a colon missing") << QString(written).remove(9, 1);
    QTest::newRow("a colon in the wrong place") << QString(written).replace(7, 3, u"B:A"_s);
    QTest::newRow("spaces around") << QString(u' ' + hexOfAbc + u' ');
    QTest::newRow("base64, as SSH has it") << u"SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"_s;
}

void TestFingerprint::refusesAnythingElse()
{
    QFETCH(const QString, text);
    QVERIFY(!Fingerprint::parse(text));
}

void TestFingerprint::takesExactlyItsBytes()
{
    const Fingerprint fingerprint = Fingerprint::ofDer("abc"_ba);
    QVERIFY(Fingerprint::fromBytes(fingerprint.bytes()) == fingerprint);
    QVERIFY(!Fingerprint::fromBytes(fingerprint.bytes().chopped(1)));
    QVERIFY(!Fingerprint::fromBytes({}));
}

const frpx::test::TestRegistration registration("tst_fingerprint", frpx::test::runTest<TestFingerprint>);

#include "tst_fingerprint.moc"
