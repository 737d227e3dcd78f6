// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/relay/chunkcodec.h"
#include "tests/support/testregistry.h"

#include <QtEndian>
#include <QTest>

using namespace frpx;
using Way = ChunkCodec::Way;

class TestChunkCodec : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsWhatItWrites_data();
    void readsWhatItWrites();
    void keepsWhatIsOfTheNextUser();
    void goesRaw();
    void answersRawWithRaw();
    void staysInChunksWhereItMust();
    void finishesAChunkThatHasBegun();
    void refusesWhatIsNoLength();
    void refusesUnknownMarks();
    void letsAConversationGoRaw();

private:
    static QByteArray head(ChunkCodec::Head head) { return {head.data(), qsizetype(head.size())}; }
    /// What \a codec makes of \a wire, at most \a slice bytes of it at a time.
    static QByteArray decoded(ChunkCodec &codec, QByteArrayView wire, qsizetype slice)
    {
        QByteArray bytes;
        while (!wire.isEmpty()) {
            QByteArray part = wire.first(std::min(slice, wire.size())).toByteArray();
            wire = wire.sliced(part.size());
            part.truncate(qsizetype(codec.decode(part.data(), size_t(part.size()))));
            bytes += part;
        }
        return bytes;
    }
};

void TestChunkCodec::readsWhatItWrites_data()
{
    QTest::addColumn<int>("slice");
    for (const int slice : {1, 2, 3, 4, 5, 7, 1000})
        QTest::addRow("%d at a time", slice) << slice;
}

void TestChunkCodec::readsWhatItWrites()
{
    QFETCH(int, slice);
    ChunkCodec out;
    QByteArray wire;
    for (const QByteArray &bytes : {QByteArray("a"), QByteArray(300, 'b'), QByteArray("\0\0\0\0", 4)})
        wire += head(out.nextHead(size_t(bytes.size()))) + bytes;
    wire += head(out.endHead());
    ChunkCodec in;
    QCOMPARE(decoded(in, wire, slice), "a" + QByteArray(300, 'b') + QByteArray("\0\0\0\0", 4));
    QCOMPARE(in.wayIn(), Way::Ended);
    QCOMPARE(in.takeBeyond(), QByteArray());
    QVERIFY(!in.isViolated());
    QVERIFY(!in.isThrough()); // the other way has not ended
    in.endHead();
    QVERIFY(in.isThrough());
}

void TestChunkCodec::keepsWhatIsOfTheNextUser()
{
    ChunkCodec in;
    in.endHead(); // the service was the first to end
    const QByteArray end(4, '\0');
    QCOMPARE(decoded(in, QByteArray("\0\0\0\3abc", 7) + end + "next user", 1000), "abc");
    QVERIFY(in.isThrough());
    QCOMPARE(decoded(in, QByteArray(" and more"), 1000), QByteArray());
    QCOMPARE(in.takeBeyond(), "next user and more");
}

void TestChunkCodec::goesRaw()
{
    ChunkCodec out;
    QByteArray wire;
    QByteArray sent;
    for (int i = 0; i < 5; ++i) {
        const QByteArray bytes(10'000, char('a' + i));
        if (out.wayOut() == Way::Chunks)
            wire += head(out.nextHead(size_t(bytes.size())));
        wire += bytes;
        sent += bytes;
    }
    QCOMPARE(out.wayOut(), Way::Raw);
    for (const qsizetype slice : {1, 11, 100'000}) {
        ChunkCodec in;
        QCOMPARE(decoded(in, wire, slice), sent);
        QCOMPARE(in.wayIn(), Way::Raw);
        in.endHead();
        QVERIFY(!in.isThrough()); // such a connection serves nobody else
    }
}

void TestChunkCodec::answersRawWithRaw()
{
    ChunkCodec codec;
    QVERIFY(!codec.owesRaw());
    decoded(codec, QByteArray("\xff\xff\xff\xff", 4), 4);
    QVERIFY(codec.owesRaw());
    QCOMPARE(head(codec.nextHead(1)), QByteArray("\xff\xff\xff\xff", 4)); // also instead of a chunk
    QCOMPARE(codec.wayOut(), Way::Raw);
    QVERIFY(!codec.owesRaw());
    ChunkCodec ended;
    ended.endHead();
    decoded(ended, QByteArray("\xff\xff\xff\xff", 4), 4);
    QVERIFY(!ended.owesRaw());
}

void TestChunkCodec::staysInChunksWhereItMust()
{
    ChunkCodec out(false);
    for (int i = 0; i < 100; ++i)
        out.nextHead(100'000);
    QCOMPARE(out.wayOut(), Way::Chunks);
}

void TestChunkCodec::finishesAChunkThatHasBegun()
{
    ChunkCodec out;
    QCOMPARE(out.takeDue(10), 0u);
    out.setDue(25);
    decoded(out, QByteArray("\xff\xff\xff\xff", 4), 4);
    QVERIFY(!out.owesRaw()); // not in the middle of it
    QCOMPARE(out.takeDue(10), 10u);
    QCOMPARE(out.takeDue(20), 15u);
    QCOMPARE(out.takeDue(20), 0u);
    QVERIFY(out.owesRaw());
}

void TestChunkCodec::refusesWhatIsNoLength()
{
    ChunkCodec in;
    QCOMPARE(decoded(in, QByteArray("\0\0\0\2ab\1\0\0\0xyz", 13), 1000), "ab");
    QVERIFY(in.isViolated());
    in.endHead();
    QVERIFY(!in.isThrough());
}

/// Among them what older versions said of the feature `trunk`.
void TestChunkCodec::refusesUnknownMarks()
{
    for (const quint32 mark : {0xfffffffeU, 0xfffffffdU, 0xfffffffcU, 0xfffffffbU, 0x01000000U}) {
        QByteArray wire(4, '\0');
        qToBigEndian(mark, wire.data());
        ChunkCodec codec;
        decoded(codec, wire, 4);
        QVERIFY(codec.isViolated());
    }
}

void TestChunkCodec::letsAConversationGoRaw()
{
    ChunkCodec codec;
    int rounds = 0;
    for (; codec.wayOut() == Way::Chunks && rounds < 10'000; ++rounds) {
        decoded(codec, head(ChunkCodec::headOf(100)) + QByteArray(100, 'x'), 1000);
        codec.nextHead(1024);
    }
    QCOMPARE(rounds, 33);
}

const frpx::test::TestRegistration registration("tst_chunkcodec", frpx::test::runBareTest<TestChunkCodec>);

#include "tst_chunkcodec.moc"
