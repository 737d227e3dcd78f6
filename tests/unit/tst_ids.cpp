// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/ids.h"
#include "tests/support/testregistry.h"

#include <QTest>
#include <QUuid>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestIds : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void makesVersion4Uuids();
    void checksClientIds_data();
    void checksClientIds();
};

void TestIds::makesVersion4Uuids()
{
    const QString id = randomUuid();
    QCOMPARE(id.size(), 36);
    QCOMPARE(QUuid::fromString(id).version(), QUuid::Random);
    QVERIFY(id != randomUuid());
}

void TestIds::checksClientIds_data()
{
    QTest::addColumn<QString>("id");
    QTest::addColumn<bool>("ok");
    QTest::newRow("plain") << u"client_A"_s << true;
    QTest::newRow("longest") << QString(maxClientIdLength, u'x') << true;
    QTest::newRow("inner space") << u"my pc"_s << true;
    QTest::newRow("beyond the basic plane") << u"pc-😀"_s << true;
    QTest::newRow("empty") << QString() << false;
    QTest::newRow("too long") << QString(maxClientIdLength + 1, u'x') << false;
    QTest::newRow("newline") << u"a\nb"_s << false;
    QTest::newRow("NUL") << QString(u'\0') << false;
    QTest::newRow("leading space") << u" a"_s << false;
    QTest::newRow("only spaces") << u"  "_s << false;
}

void TestIds::checksClientIds()
{
    QFETCH(const QString, id);
    QFETCH(const bool, ok);
    const Result<void> result = checkClientId(id);
    QCOMPARE(result.hasValue(), ok);
    if (!ok)
        QCOMPARE(int(result.error().code), int(Errc::BadField));
}

const frpx::test::TestRegistration registration("tst_ids", frpx::test::runBareTest<TestIds>);

#include "tst_ids.moc"
