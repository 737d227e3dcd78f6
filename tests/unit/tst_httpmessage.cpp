// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/api/httpmessage.h"
#include "tests/support/testregistry.h"

#include <QTest>

using namespace frpx::server;
using namespace Qt::StringLiterals;

class TestHttpMessage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsHead();
    void readsTargets_data();
    void readsTargets();
    void readsKeepAlive_data();
    void readsKeepAlive();
    void waitsForTheRest();
    void refuses_data();
    void refuses();
    void acceptsExactlyTheLimits();
    void leavesOutConnectionFields();
    void correctsResponses();
    void encodesResponses();
};

void TestHttpMessage::readsHead()
{
    const QByteArray raw =
        "POST /a?b=c HTTP/1.1\r\nHost: x\r\nX-Thing: \t some thing \r\ncontent-LENGTH: 5\r\n"
        "Expect: 100-Continue\r\n\r\nhelloGET"_ba;
    const RequestHeadResult result = parseRequestHead(raw, {});
    const auto *head = std::get_if<RequestHead>(&result);
    QVERIFY(head);
    QCOMPARE(head->method, "POST"_ba);
    QCOMPARE(head->target, "/a?b=c"_ba);
    QCOMPARE(head->field("x-thing"), "some thing"_ba);
    QCOMPARE(head->headSize, raw.indexOf("hello"));
    QCOMPARE(head->bodySize, 5);
    QVERIFY(head->keepAlive);
    QVERIFY(head->expectsContinue);
}

void TestHttpMessage::readsTargets_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("target"); // null: refused
    QTest::newRow("origin") << "GET /x/%2F?q"_ba
                            << "/x/%2F?q"_ba;
    QTest::newRow("absolute") << "GET http://host:1/x?q"_ba
                              << "/x?q"_ba;
    QTest::newRow("absolute, upper case") << "GET HTTP://host/x"_ba
                                          << "/x"_ba;
    QTest::newRow("absolute, no path") << "GET http://host"_ba
                                       << "/"_ba;
    QTest::newRow("absolute, only a query") << "GET http://host?q"_ba
                                            << "/?q"_ba;
    QTest::newRow("asterisk") << "OPTIONS *"_ba
                              << "*"_ba;
    QTest::newRow("asterisk for GET") << "GET *"_ba << QByteArray();
    QTest::newRow("two slashes") << "GET //host/x"_ba << QByteArray();
    QTest::newRow("two slashes after the host") << "GET http://host//x"_ba << QByteArray();
    QTest::newRow("relative") << "GET x"_ba << QByteArray();
    QTest::newRow("bad escape") << "GET /%zz"_ba << QByteArray();
    QTest::newRow("cut escape") << "GET /%2"_ba << QByteArray();
    QTest::newRow("fragment") << "GET /x#y"_ba << QByteArray();
    QTest::newRow("inner space") << "GET /x y"_ba << QByteArray();
    QTest::newRow("two spaces") << "GET  /x"_ba << QByteArray();
    QTest::newRow("not ASCII") << "GET /\xc3\xa4"_ba << QByteArray();
    QTest::newRow("NUL") << QByteArray("GET /\0", 6) << QByteArray();
}

void TestHttpMessage::readsTargets()
{
    QFETCH(const QByteArray, line);
    QFETCH(const QByteArray, target);
    const RequestHeadResult result = parseRequestHead(line + " HTTP/1.1\r\nHost: x\r\n\r\n"_ba, {});
    if (target.isNull()) {
        const auto *refusal = std::get_if<RequestRefusal>(&result);
        QVERIFY(refusal);
        QCOMPARE(refusal->status, 400);
        return;
    }
    const auto *head = std::get_if<RequestHead>(&result);
    QVERIFY(head);
    QCOMPARE(head->target, target);
}

void TestHttpMessage::readsKeepAlive_data()
{
    QTest::addColumn<QByteArray>("rest");
    QTest::addColumn<bool>("keepAlive");
    QTest::newRow("1.1") << "HTTP/1.1\r\nHost: x"_ba << true;
    QTest::newRow("1.1 close") << "HTTP/1.1\r\nHost: x\r\nConnection: Close"_ba << false;
    QTest::newRow("1.1 list") << "HTTP/1.1\r\nHost: x\r\nConnection: te, close"_ba << false;
    QTest::newRow("1.1 second field")
        << "HTTP/1.1\r\nHost: x\r\nConnection: te\r\nConnection: close"_ba << false;
    QTest::newRow("1.0") << "HTTP/1.0"_ba << false;
    QTest::newRow("1.0 keep-alive") << "HTTP/1.0\r\nConnection: keep-alive"_ba << false;
    QTest::newRow("1.2") << "HTTP/1.2\r\nHost: x"_ba << true;
}

void TestHttpMessage::readsKeepAlive()
{
    QFETCH(const QByteArray, rest);
    QFETCH(const bool, keepAlive);
    const RequestHeadResult result = parseRequestHead("GET / "_ba + rest + "\r\n\r\n"_ba, {});
    const auto *head = std::get_if<RequestHead>(&result);
    QVERIFY(head);
    QCOMPARE(head->keepAlive, keepAlive);
}

void TestHttpMessage::waitsForTheRest()
{
    const QByteArray raw = "GET /api/clients HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n"_ba;
    for (qsizetype size = 0; size < raw.size(); ++size) {
        const RequestHeadResult result = parseRequestHead(QByteArrayView(raw).first(size), {});
        QVERIFY2(std::holds_alternative<RequestIncomplete>(result), qPrintable(QString::number(size)));
    }
    QVERIFY(std::holds_alternative<RequestHead>(parseRequestHead(raw, {})));
}

void TestHttpMessage::refuses_data()
{
    QTest::addColumn<QByteArray>("raw");
    QTest::addColumn<int>("status");
    const QByteArray start = "POST / HTTP/1.1\r\nHost: x\r\n"_ba;
    const QByteArray end = "\r\n\r\n"_ba;
    QTest::newRow("TLS") << "\x16\x03\x01\x02"_ba << 400;
    QTest::newRow("frame of the control port") << QByteArray("\0\0\0\x10{", 5) << 400;
    QTest::newRow("no words") << "hello\r\n"_ba << 400;
    QTest::newRow("two words") << "GET /\r\n"_ba << 400;
    QTest::newRow("bad version") << "GET / HTTP/1.x\r\n"_ba << 400;
    QTest::newRow("bare line feeds") << "GET / HTTP/1.1\nHost: x\n\n"_ba << 400;
    QTest::newRow("HTTP/2") << "PRI * HTTP/2.0\r\n"_ba << 505;
    QTest::newRow("HTTP/0.9") << "GET / HTTP/0.9\r\n"_ba << 505;
    QTest::newRow("unknown method") << "BREW / HTTP/1.1\r\n"_ba << 501;
    QTest::newRow("CONNECT") << "CONNECT host:1 HTTP/1.1\r\n"_ba << 501;
    QTest::newRow("no Host") << "GET / HTTP/1.1\r\n\r\n"_ba << 400;
    QTest::newRow("bad Host") << "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"_ba << 400;
    QTest::newRow("two Hosts") << start + "Host: y"_ba + end << 400;
    QTest::newRow("field without colon") << start + "abc"_ba + end << 400;
    QTest::newRow("space before colon") << start + "abc : d"_ba + end << 400;
    QTest::newRow("folded field") << start + "a: b\r\n c"_ba + end << 400;
    QTest::newRow("control character") << start + "a: b\x01"_ba + end << 400;
    QTest::newRow("bare CR in field") << start + "a: b\rc: d"_ba + end << 400;
    QTest::newRow("long line, no end") << QByteArray("GET /") + QByteArray(8200, 'x') << 414;
    QTest::newRow("long line") << QByteArray("GET /") + QByteArray(8200, 'x') + " HTTP/1.1\r\n"_ba << 414;
    QTest::newRow("large fields, no end") << start + "a: "_ba + QByteArray(17000, 'x') << 431;
    QTest::newRow("large fields") << start + "a: "_ba + QByteArray(17000, 'x') + end << 431;
    QTest::newRow("many fields") << start + QByteArray("a:\r\n").repeated(100) + "\r\n"_ba << 431;
    QTest::newRow("large body") << start + "Content-Length: 65537"_ba + end << 413;
    QTest::newRow("absurd body") << start + "Content-Length: 99999999999999999999999"_ba + end << 413;
    QTest::newRow("negative body") << start + "Content-Length: -1"_ba + end << 400;
    QTest::newRow("signed body") << start + "Content-Length: +1"_ba + end << 400;
    QTest::newRow("empty length") << start + "Content-Length:"_ba + end << 400;
    QTest::newRow("two lengths") << start + "Content-Length: 1\r\nContent-Length: 2"_ba + end << 400;
    QTest::newRow("chunked") << start + "Transfer-Encoding: Chunked"_ba + end << 411;
    QTest::newRow("coding") << start + "Transfer-Encoding: gzip"_ba + end << 501;
    QTest::newRow("both") << start + "Content-Length: 1\r\nTransfer-Encoding: chunked"_ba + end << 400;
    QTest::newRow("expectation") << start + "Expect: miracles"_ba + end << 417;
}

void TestHttpMessage::refuses()
{
    QFETCH(const QByteArray, raw);
    QFETCH(const int, status);
    const RequestHeadResult result = parseRequestHead(raw, {});
    const auto *refusal = std::get_if<RequestRefusal>(&result);
    QVERIFY(refusal);
    QCOMPARE(refusal->status, status);
    QVERIFY(!refusal->message.isEmpty());
}

void TestHttpMessage::acceptsExactlyTheLimits()
{
    const HttpLimits limits{.requestLine = 20, .headers = 30, .body = 5};
    const QByteArray line = "GET /12345 HTTP/1.1"_ba;
    const QByteArray host = "Host: x\r\n"_ba;
    const auto parse = [&limits](const QByteArray &raw) { return parseRequestHead(raw, limits); };

    QVERIFY(std::holds_alternative<RequestHead>(parse("GET /123456 HTTP/1.1\r\n"_ba + host + "\r\n"_ba)));
    QVERIFY(std::holds_alternative<RequestRefusal>(parse("GET /1234567 HTTP/1.1\r\n"_ba + host + "\r\n"_ba)));
    const QByteArray exact = host + "a: "_ba + QByteArray(18, 'x');
    QCOMPARE(exact.size(), limits.headers);
    QVERIFY(std::holds_alternative<RequestHead>(parse(line + "\r\n"_ba + exact + "\r\n\r\n"_ba)));
    QVERIFY(std::holds_alternative<RequestIncomplete>(parse(line + "\r\n"_ba + exact + "\r\n\r"_ba)));
    QVERIFY(std::holds_alternative<RequestRefusal>(parse(line + "\r\n"_ba + exact + "x\r\n\r\n"_ba)));
    QVERIFY(
        std::holds_alternative<RequestHead>(parse(line + "\r\n"_ba + host + "Content-Length: 5\r\n\r\n"_ba)));
    QVERIFY(std::holds_alternative<RequestRefusal>(
        parse(line + "\r\n"_ba + host + "Content-Length: 6\r\n\r\n"_ba)));
}

void TestHttpMessage::leavesOutConnectionFields()
{
    const RequestHeadResult result =
        parseRequestHead("PUT /x HTTP/1.0\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nA: b\r\n"
                         "Content-Length: 002\r\n\r\n"_ba,
            {});
    const auto *head = std::get_if<RequestHead>(&result);
    QVERIFY(head);
    QCOMPARE(
        plainRequest(*head, "hi"), "PUT /x HTTP/1.1\r\nhost: x\r\na: b\r\ncontent-length: 2\r\n\r\nhi"_ba);
}

void TestHttpMessage::correctsResponses()
{
    const QByteArray raw = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"_ba;
    QCOMPARE(correctedResponse(raw, false, false), raw);
    QCOMPARE(correctedResponse(raw, true, false), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"_ba);
    QCOMPARE(correctedResponse(raw, false, true),
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"_ba);
    QCOMPARE(correctedResponse(
                 "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nAllow: GET\r\n\r\n"_ba, false, false),
        "HTTP/1.1 204 No Content\r\nAllow: GET\r\n\r\n"_ba);
    QVERIFY(correctedResponse({}, false, false).isEmpty());
    QVERIFY(correctedResponse("HTTP/1.1 200 OK\r\n"_ba, false, false).isEmpty());
}

void TestHttpMessage::encodesResponses()
{
    const ApiResponse response{413, "{}"_ba, {{"A"_ba, "b"_ba}}};
    QCOMPARE(encodeResponse(response, false, true),
        "HTTP/1.1 413 Content Too Large\r\nA: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"_ba);
}

const frpx::test::TestRegistration registration("tst_httpmessage", frpx::test::runBareTest<TestHttpMessage>);

#include "tst_httpmessage.moc"
