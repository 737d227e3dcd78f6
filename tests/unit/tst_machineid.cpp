// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/core/ids.h"
#include "common/system/machineid.h"
#include "tests/support/testregistry.h"

#include <QRegularExpression>
#include <QSysInfo>
#include <QTest>

using namespace frpx;
using namespace Qt::StringLiterals;

class TestMachineId : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleansTheName_data();
    void cleansTheName();
    void dependsOnTheMachineAlone();
    void thisMachineHasAStableId();
    void doesNotGiveTheMachineIdAway();
};

void TestMachineId::cleansTheName_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("part");
    QTest::newRow("plain") << u"mars"_s << u"mars"_s;
    QTest::newRow("case and digits") << u"DESKTOP-4X_7"_s << u"DESKTOP-4X_7"_s;
    QTest::newRow("spaces and signs") << u" Anna's  PC! "_s << u"Anna-s-PC"_s;
    QTest::newRow("other scripts") << u"Büro-工作站"_s << u"Büro-工作站"_s;
    QTest::newRow("control characters") << u"a\nb\0c\x7f"_s << u"a-b-c"_s;
    QTest::newRow("beyond the basic plane") << u"pc😀pc"_s << u"pc-pc"_s;
    QTest::newRow("nothing left") << u"!!!"_s << u"computer"_s;
    QTest::newRow("empty") << QString() << u"computer"_s;
    QTest::newRow("long") << QString(300, u'x') << QString(48, u'x');
    QTest::newRow("cut at a hyphen") << QString(47, u'x') + u" y"_s << QString(47, u'x');
}

void TestMachineId::cleansTheName()
{
    QFETCH(const QString, name);
    QFETCH(const QString, part);
    const QString id = makeClientId(name, "some machine");
    QVERIFY(checkClientId(id));
    QCOMPARE(id.chopped(9), part);
    static const QRegularExpression digits(u"^-[0-9a-f]{8}$"_s);
    QVERIFY(digits.match(id.last(9)).hasMatch());
}

void TestMachineId::dependsOnTheMachineAlone()
{
    // Must never change: a client would come back under another name after an update.
    QCOMPARE(makeClientId(u"mars", "0123456789abcdef0123456789abcdef"), u"mars-ac75d477"_s);
    QVERIFY(makeClientId(u"mars", "machine one") != makeClientId(u"mars", "machine two"));
    QVERIFY(makeClientId(u"mars", "machine one") != makeClientId(u"venus", "machine one"));
}

void TestMachineId::thisMachineHasAStableId()
{
    QVERIFY(!computerName().isEmpty());
    QVERIFY(!computerName().contains(u'.'));
    const QString id = defaultClientId();
    QVERIFY(checkClientId(id));
    QCOMPARE(id, defaultClientId());
}

void TestMachineId::doesNotGiveTheMachineIdAway()
{
    const QByteArray raw = QSysInfo::machineUniqueId().trimmed();
    const QString digits = defaultClientId().last(8);
    QVERIFY(raw.isEmpty() || !QString::fromLatin1(raw).contains(digits));
}

const frpx::test::TestRegistration registration("tst_machineid", frpx::test::runBareTest<TestMachineId>);

#include "tst_machineid.moc"
