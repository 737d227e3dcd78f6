// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "common/protocol/frpx/framedecoder.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::proto;
using namespace Qt::StringLiterals;

class TestFrameDecoder : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsFramesHoweverTheyAreCut_data();
    void readsFramesHoweverTheyAreCut();
    void rejectsBadLength_data();
    void rejectsBadLength();
    void refusesByTheHeaderAlone();
    void appliesANewLimitToTheNextFrame();
    void keepsNothingAfterTheLastFrame();
};

void TestFrameDecoder::readsFramesHoweverTheyAreCut_data()
{
    QTest::addColumn<int>("step");
    for (const int step : {1, 2, 3, 5, 7, 1000})
        QTest::addRow("%d bytes at a time", step) << step;
}

void TestFrameDecoder::readsFramesHoweverTheyAreCut()
{
    QFETCH(const int, step);
    const QByteArrayList payloads{"\"Heartbeat\""_ba, "x"_ba, QByteArray(300, 'y')};
    QByteArray stream;
    for (const QByteArray &payload : payloads)
        stream += frame(payload);

    FrameDecoder decoder(maxFrameBeforeLogin);
    QByteArrayList got;
    for (qsizetype at = 0; at < stream.size(); at += step) {
        decoder.append(QByteArrayView(stream).sliced(at, std::min<qsizetype>(step, stream.size() - at)));
        while (true) {
            const auto next = decoder.next();
            QVERIFY(next);
            if (!*next)
                break;
            got += **next;
        }
    }
    QCOMPARE(got, payloads);
}

void TestFrameDecoder::rejectsBadLength_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<int>("code");
    QTest::newRow("zero") << QByteArray(4, '\0') << int(Errc::FrameEmpty);
    QTest::newRow("4 GiB") << QByteArray(4, '\xff') << int(Errc::FrameTooLarge);
    QTest::newRow("one too many") << QByteArray("\x00\x00\x10\x01", 4) << int(Errc::FrameTooLarge);
    QTest::newRow("HTTP by mistake") << "GET / HTTP/1.1\r\n"_ba << int(Errc::FrameTooLarge);
}

void TestFrameDecoder::rejectsBadLength()
{
    QFETCH(const QByteArray, stream);
    QFETCH(const int, code);
    FrameDecoder decoder(maxFrameBeforeLogin);
    decoder.append(stream);
    const auto next = decoder.next();
    QVERIFY(!next);
    QCOMPARE(int(next.error().code), code);
    QVERIFY(!decoder.next()); // there is no way back into step
}

void TestFrameDecoder::refusesByTheHeaderAlone()
{
    FrameDecoder decoder(16);
    decoder.append(QByteArrayView("\x00\x00\x00\x11", 4)); // not one byte of the payload has come
    QVERIFY(!decoder.next());
}

void TestFrameDecoder::appliesANewLimitToTheNextFrame()
{
    FrameDecoder decoder(16);
    decoder.append(frame("0123456789abcdef"));
    QVERIFY(decoder.next());
    decoder.setMaxPayload(maxFrameAfterLogin);
    const QByteArray large(maxFrameAfterLogin, 'z');
    decoder.append(frame(large));
    const auto next = decoder.next();
    QVERIFY(next && *next);
    QCOMPARE(**next, large);
}

void TestFrameDecoder::keepsNothingAfterTheLastFrame()
{
    FrameDecoder decoder(64);
    decoder.append(frame("a") + frame("b"));
    QVERIFY(decoder.next());
    QCOMPARE(decoder.buffered(), 5);
    QVERIFY(decoder.next());
    QCOMPARE(decoder.buffered(), 0);
}

const frpx::test::TestRegistration registration(
    "tst_framedecoder", frpx::test::runBareTest<TestFrameDecoder>);

#include "tst_framedecoder.moc"
