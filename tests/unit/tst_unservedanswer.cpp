// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/frontend/unservedanswer.h"
#include "tests/support/testregistry.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace frpx::server;
using namespace Qt::StringLiterals;

using Kind = UnservedAnswer::Kind;

/// What a user is told whom no client serves, by its first bytes.
class TestUnservedAnswer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void decidesByTheFirstBytes_data();
    void decidesByTheFirstBytes();
    void needsNoMoreThanItLooksAt();
    void answersInJson();
    void answersInHtml_data();
    void answersInHtml();
    void answersHeadWithoutBody();
};

void TestUnservedAnswer::decidesByTheFirstBytes_data()
{
    QTest::addColumn<QByteArray>("first");
    QTest::addColumn<int>("meanwhile"); // more may come
    QTest::addColumn<int>("finally");
    const auto row = [](const char *name, const QByteArray &first, Kind meanwhile, Kind finally) {
        QTest::newRow(name) << first << int(meanwhile) << int(finally);
    };
    row("nothing", "", Kind::MoreNeeded, Kind::Reset);
    row("part of a method", "GE", Kind::MoreNeeded, Kind::Reset);
    row("method", "GET ", Kind::MoreNeeded, Kind::Http);
    row("part of a request line", "GET /api/tags HT", Kind::MoreNeeded, Kind::Http);
    row("request line", "GET / HTTP/1.1\r\n", Kind::MoreNeeded, Kind::Http);
    row("part of a head", "GET / HTTP/1.1\r\nHost: x\r\n", Kind::MoreNeeded, Kind::Http);
    row("head", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", Kind::Http, Kind::Http);
    row("head and body", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf", Kind::Http, Kind::Http);
    row("HTTP/1.0", "GET / HTTP/1.0\n\n", Kind::Http, Kind::Http);
    row("method with a dash", "M-SEARCH * HTTP/1.1\r\n\r\n", Kind::Http, Kind::Http);
    row("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Kind::Reset, Kind::Reset);
    row("no version", "GET /\r\n\r\n", Kind::Reset, Kind::Reset);
    row("longest method", QByteArray(20, 'A'), Kind::MoreNeeded, Kind::Reset);
    row("too long for a method", QByteArray(21, 'A'), Kind::Reset, Kind::Reset);
    row("small letters", "get / HTTP/1.1\r\n\r\n", Kind::Reset, Kind::Reset);
    row("SSH", "SSH-2.0-OpenSSH_9.2\r\n", Kind::Reset, Kind::Reset);
    row("SMTP", "EHLO example.org\r\n", Kind::Reset, Kind::Reset);
    row("zero", QByteArray(4, '\0'), Kind::Reset, Kind::Reset);
    row("space", " GET / HTTP/1.1\r\n\r\n", Kind::Reset, Kind::Reset);
    row("one byte of TLS", "\x16", Kind::MoreNeeded, Kind::Reset);
    row("two bytes of TLS", "\x16\x03", Kind::TlsAlert, Kind::TlsAlert);
    row("a TLS hello", QByteArray("\x16\x03\x01\x02\x00\x01", 6), Kind::TlsAlert, Kind::TlsAlert);
    row("no TLS", "\x16\x04", Kind::Reset, Kind::Reset);
}

void TestUnservedAnswer::decidesByTheFirstBytes()
{
    QFETCH(const QByteArray, first);
    QFETCH(const int, meanwhile);
    QFETCH(const int, finally);
    const UnservedAnswer now = unservedAnswer(first, false);
    QCOMPARE(int(now.kind), meanwhile);
    const UnservedAnswer then = unservedAnswer(first, true);
    QCOMPARE(int(then.kind), finally);
    for (const UnservedAnswer &answer : {now, then}) {
        QCOMPARE(!answer.bytes.isEmpty(), answer.kind == Kind::Http || answer.kind == Kind::TlsAlert);
        if (answer.kind == Kind::TlsAlert)
            QCOMPARE(answer.bytes.toHex(), "15030300020250"_ba);
    }
}

void TestUnservedAnswer::needsNoMoreThanItLooksAt()
{
    const QByteArray endless = ("GET /" + QByteArray(maxUnservedHead, 'x')).first(maxUnservedHead);
    QCOMPARE(unservedAnswer(endless, false).kind, Kind::Http);
    QCOMPARE(unservedAnswer(endless.chopped(1), false).kind, Kind::MoreNeeded);
}

void TestUnservedAnswer::answersInJson()
{
    const QByteArray answer =
        unservedAnswer("GET / HTTP/1.1\r\nAccept: application/json, */*\r\n\r\n", false).bytes;
    const qsizetype end = answer.indexOf("\r\n\r\n");
    const QByteArray head = answer.first(end + 2);
    const QByteArray body = answer.sliced(end + 4);
    QVERIFY(head.startsWith("HTTP/1.1 503 Service Unavailable\r\n"));
    for (const QByteArray &field : {"Retry-After: 5"_ba, "Connection: close"_ba,
             "Content-Type: application/json"_ba, "Content-Length: " + QByteArray::number(body.size())})
        QVERIFY2(head.contains("\r\n" + field + "\r\n"), field.constData());
    const QJsonObject error = QJsonDocument::fromJson(body).object().value("error"_L1).toObject();
    QVERIFY(!error.value("message"_L1).toString().isEmpty());
    QCOMPARE(error.value("type"_L1).toString(), u"service_unavailable"_s);
}

void TestUnservedAnswer::answersInHtml_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<bool>("isHtml");
    QTest::newRow("browser") << "Accept: text/html,application/xhtml+xml,*/*;q=0.8"_ba << true;
    QTest::newRow("other letters") << "ACCEPT:Text/HTML"_ba << true;
    QTest::newRow("anything") << "Accept: */*"_ba << false;
    QTest::newRow("another field") << "X-Accept: text/html"_ba << false;
}

void TestUnservedAnswer::answersInHtml()
{
    QFETCH(const QByteArray, field);
    QFETCH(const bool, isHtml);
    const QByteArray answer =
        unservedAnswer("GET / HTTP/1.1\r\nHost: x\r\n" + field + "\r\n\r\n", false).bytes;
    QCOMPARE(answer.contains("\r\nContent-Type: text/html"), isHtml);
    QCOMPARE(answer.contains("<h1>"), isHtml);
}

void TestUnservedAnswer::answersHeadWithoutBody()
{
    const QByteArray head = unservedAnswer("HEAD / HTTP/1.1\r\n\r\n", false).bytes;
    const QByteArray get = unservedAnswer("GET / HTTP/1.1\r\n\r\n", false).bytes;
    QVERIFY(head.endsWith("\r\n\r\n"));
    QVERIFY(get.startsWith(head));
    QVERIFY(get.size() > head.size());
}

const frpx::test::TestRegistration registration(
    "tst_unservedanswer", frpx::test::runBareTest<TestUnservedAnswer>);

#include "tst_unservedanswer.moc"
