// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frpc/health/httpstatusreader.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx;
using namespace frpx::client;
using namespace Qt::StringLiterals;

class TestHttpStatusReader : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsTheStatus_data();
    void findsTheStatus();
    void refusesWhatIsNotHttp_data();
    void refusesWhatIsNotHttp();
    void waitsForMore_data();
    void waitsForMore();
    void readsNoMoreThanItsBound();
};

void TestHttpStatusReader::findsTheStatus_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<int>("status");
    QTest::newRow("1.1") << "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"_ba << 200;
    QTest::newRow("1.0") << "HTTP/1.0 404 Not Found\r\n\r\n"_ba << 404;
    QTest::newRow("no reason") << "HTTP/1.1 503 \r\n"_ba << 503;
    QTest::newRow("no reason, no space") << "HTTP/1.1 503\r\n"_ba << 503;
    QTest::newRow("bare line feeds") << "HTTP/1.1 204 No Content\n\n"_ba << 204;
    QTest::newRow("status unheard of") << "HTTP/1.1 999 \xff\r\n"_ba << 999;
    QTest::newRow("after continue") << "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"_ba << 200;
    QTest::newRow("after hints")
        << "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\n\nHTTP/1.1 500 No\r\n"_ba
        << 500;
    QTest::newRow("switching") << "HTTP/1.1 101 Switching Protocols\r\n"_ba << 101;
}

void TestHttpStatusReader::findsTheStatus()
{
    QFETCH(const QByteArray, answer);
    QFETCH(const int, status);
    HttpStatusReader whole;
    const auto atOnce = whole.append(answer);
    QVERIFY(atOnce && atOnce->hasValue());
    QCOMPARE(**atOnce, status);

    HttpStatusReader split;
    std::optional<Result<int>> decided;
    for (qsizetype i = 0; i < answer.size() && !decided; ++i)
        decided = split.append(QByteArrayView(answer).sliced(i, 1));
    QVERIFY(decided && decided->hasValue());
    QCOMPARE(**decided, status);
}

void TestHttpStatusReader::refusesWhatIsNotHttp_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("SSH") << "SSH-2.0-OpenSSH_9"_ba;
    QTest::newRow("TLS") << "\x15\x03\x01"_ba;
    QTest::newRow("wrong from the third byte") << "HTP"_ba;
    QTest::newRow("empty line") << "\r\n"_ba;
    QTest::newRow("2") << "HTTP/2 200\r\n"_ba;
    QTest::newRow("1.2") << "HTTP/1.2 200 OK\r\n"_ba;
    QTest::newRow("lower case") << "http/1.1 200 OK\r\n"_ba;
    QTest::newRow("two digits") << "HTTP/1.1 20\r\n"_ba;
    QTest::newRow("four digits") << "HTTP/1.1 2000\r\n"_ba;
    QTest::newRow("no digits") << "HTTP/1.1 abc OK\r\n"_ba;
    QTest::newRow("sign") << "HTTP/1.1 +20 OK\r\n"_ba;
    QTest::newRow("below 100") << "HTTP/1.1 099 Low\r\n"_ba;
    QTest::newRow("two spaces") << "HTTP/1.1  200\r\n"_ba;
    QTest::newRow("rubbish after continue") << "HTTP/1.1 100 Continue\r\n\r\nrubbish"_ba;
}

void TestHttpStatusReader::refusesWhatIsNotHttp()
{
    QFETCH(const QByteArray, answer);
    HttpStatusReader reader;
    const auto decided = reader.append(answer);
    QVERIFY(decided && !decided->hasValue());
    QCOMPARE(int(decided->error().code), int(Errc::BadField));
}

void TestHttpStatusReader::waitsForMore_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("beginning") << "HTT"_ba;
    QTest::newRow("line without end") << "HTTP/1.1 200 OK"_ba;
    QTest::newRow("interim alone") << "HTTP/1.1 100 Continue\r\n\r\n"_ba;
    QTest::newRow("interim without end") << "HTTP/1.1 103 Early Hints\r\nLink: x\r\n"_ba;
}

void TestHttpStatusReader::waitsForMore()
{
    QFETCH(const QByteArray, answer);
    HttpStatusReader reader;
    QVERIFY(!reader.append(answer));
}

void TestHttpStatusReader::readsNoMoreThanItsBound()
{
    HttpStatusReader longLine;
    QVERIFY(!longLine.append("HTTP/1.1 200 "_ba));
    const auto tooLong = longLine.append(QByteArray(100'000, 'x'));
    QVERIFY(tooLong && !tooLong->hasValue());
    QCOMPARE(int(tooLong->error().code), int(Errc::FrameTooLarge));

    HttpStatusReader interims;
    std::optional<Result<int>> decided;
    qsizetype fed = 0;
    while (!decided && fed < 2 * HttpStatusReader::maxBytes) {
        const auto interim = "HTTP/1.1 100 Continue\r\n\r\n"_ba;
        decided = interims.append(interim);
        fed += interim.size();
    }
    QVERIFY(decided && !decided->hasValue());
    QCOMPARE(int(decided->error().code), int(Errc::FrameTooLarge));

    HttpStatusReader longBody; // what stands behind the status does not matter
    const auto status = longBody.append("HTTP/1.1 200 OK\r\n" + QByteArray(100'000, 'x'));
    QVERIFY(status && status->hasValue());
    QCOMPARE(**status, 200);
}

const frpx::test::TestRegistration registration(
    "tst_httpstatusreader", frpx::test::runBareTest<TestHttpStatusReader>);

#include "tst_httpstatusreader.moc"
