// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/trunkcodec.h"

#include <QTest>

using namespace frpx;
using Kind = TrunkEntry::Kind;

class TestTrunkCodec : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void writesAndReads_data();
    void writesAndReads();
    void waitsForTheRest();
    void refusesWhatIsNoEntry_data();
    void refusesWhatIsNoEntry();
};

void TestTrunkCodec::writesAndReads_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("wire");
    const QByteArray front("\0\0\1\2\0\0\0\7", 8);
    QTest::newRow("bytes") << int(Kind::Bytes) << QByteArray("abc") << front + QByteArray("\0\3abc", 5);
    QTest::newRow("most") << int(Kind::Bytes) << QByteArray(16384, 'x')
                          << front + QByteArray("\x40\0", 2) + QByteArray(16384, 'x');
    QTest::newRow("leave") << int(Kind::Leave) << QByteArray() << front + QByteArray("\xff\xff", 2);
    QTest::newRow("open") << int(Kind::Open) << QByteArray() << front + QByteArray("\xff\xfe", 2);
    QTest::newRow("hello") << int(Kind::Hello) << QByteArray() << front + QByteArray("\xff\xfd", 2);
    QTest::newRow("gone") << int(Kind::Gone) << QByteArray() << front + QByteArray("\xff\xfc", 2);
}

void TestTrunkCodec::writesAndReads()
{
    QFETCH(int, kind);
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, wire);
    QByteArray written = "before";
    writeTrunkEntry(written, {Kind(kind), 0x102, 7, bytes});
    QCOMPARE(written, "before" + wire);
    TrunkReader reader(wire);
    const std::optional<TrunkEntry> read = reader.next();
    QVERIFY(read);
    QVERIFY(read->kind == Kind(kind));
    QCOMPARE(read->stream, 0x102U);
    QCOMPARE(read->delivered, 7U);
    QCOMPARE(read->bytes.toByteArray(), bytes);
    QVERIFY(reader.rest().isEmpty());
    QVERIFY(!reader.next());
    QVERIFY(!reader.isViolated());
}

void TestTrunkCodec::waitsForTheRest()
{
    QByteArray wire;
    writeTrunkEntry(wire, {Kind::Bytes, 1, 0, "first"});
    const qsizetype first = wire.size();
    writeTrunkEntry(wire, {Kind::Bytes, 2, 0, "second"});
    for (qsizetype length = first; length < wire.size(); ++length) {
        TrunkReader reader(QByteArrayView(wire).first(length));
        QVERIFY(reader.next());
        QVERIFY(!reader.next());
        QVERIFY(!reader.isViolated());
        QCOMPARE(reader.rest().size(), length - first);
    }
}

void TestTrunkCodec::refusesWhatIsNoEntry_data()
{
    QTest::addColumn<QByteArray>("size");
    QTest::newRow("nothing") << QByteArray("\0\0", 2);
    QTest::newRow("too much") << QByteArray("\x40\1", 2);
    QTest::newRow("an unknown mark") << QByteArray("\xff\xfb", 2);
}

void TestTrunkCodec::refusesWhatIsNoEntry()
{
    QFETCH(QByteArray, size);
    const QByteArray wire = QByteArray(8, '\0') + size + QByteArray(20'000, 'x');
    TrunkReader reader(wire);
    QVERIFY(!reader.next());
    QVERIFY(reader.isViolated());
    QVERIFY(!reader.next());
}

QTEST_APPLESS_MAIN(TestTrunkCodec)
#include "tst_trunkcodec.moc"
