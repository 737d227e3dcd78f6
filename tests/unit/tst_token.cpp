// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/accounts/token.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestToken : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void makesNewOnes();
    void knowsTheShape_data();
    void knowsTheShape();
    void hashes();
    void shortens();
};

void TestToken::makesNewOnes()
{
    const QString token = newToken();
    QVERIFY2(isTokenShaped(token), qPrintable(token));
    QVERIFY(token != newToken());
}

void TestToken::knowsTheShape_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("ok");
    QTest::newRow("digits") << QString(64, u'0') << true;
    QTest::newRow("letters") << QString(64, u'f') << true;
    QTest::newRow("empty") << QString() << false;
    QTest::newRow("too short") << QString(63, u'0') << false;
    QTest::newRow("too long") << QString(65, u'0') << false;
    QTest::newRow("capitals") << QString(64, u'F') << false;
    QTest::newRow("beyond f") << QString(64, u'g') << false;
}

void TestToken::knowsTheShape()
{
    QFETCH(const QString, text);
    QFETCH(const bool, ok);
    QCOMPARE(isTokenShaped(text), ok);
}

void TestToken::hashes()
{
    QCOMPARE(tokenHash(u"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"_ba);
}

void TestToken::shortens()
{
    QCOMPARE(tokenPrefix(u"0123456789abcdef"), u"01234567"_s);
    QCOMPARE(tokenPrefix(u"0123"), u"0123"_s);
}

const frpx::test::TestRegistration registration("tst_token", frpx::test::runBareTest<TestToken>);

#include "tst_token.moc"
